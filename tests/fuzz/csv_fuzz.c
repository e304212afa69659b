// Any bytes as a roster file: the same records however the stream is cut, and rows that hold clean text or a fault.
#include <stdbool.h>
#include <unicode/utf8.h>

#include "fuzz.h"
#include "handoff/digest.h"
#include "roster/rows.h"

struct reading {
    struct ho_arena *arena;
    struct ho_roster_header header;
    bool header_seen, header_good;
    size_t records, faults;
    uint8_t digest[32]; // of all records so far, in order
    uint64_t last_line;
};

static void note_fault(void *context, const struct ho_roster_fault *fault)
{
    struct reading *r = context;
    HOLDS(fault->what && *fault->what && fault->column);
    r->faults++;
}

static void check_text(struct ho_bytes text)
{
    HOLDS(text.n <= HO_ROSTER_LIST_BYTES_MAX);
    int32_t i = 0;
    while (i < (int32_t)text.n) {
        UChar32 c;
        U8_NEXT(text.p, i, (int32_t)text.n, c);
        HOLDS(c >= ' ' && c != 0x7F);
    }
}

static void check_row(struct reading *r, const struct ho_csv_record *record, const struct ho_roster_faults *faults)
{
    struct ho_roster_row row;
    size_t before = r->faults;
    bool good = ho_roster_row_read(r->arena, &r->header, record, faults, &row);
    HOLDS(good == (r->faults == before));
    HOLDS(!good || row.text[HO_ROSTER_MEMBER_ID].n > 0);
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        check_text(row.text[i]);
}

static void take(void *context, const struct ho_csv_record *record)
{
    struct reading *r = context;
    const struct ho_roster_faults faults = {note_fault, r};
    const char *unknown;
    HOLDS(record->line > r->last_line || (r->records == 0 && record->line == 1));
    r->last_line = record->line;
    r->records++;
    for (size_t i = 0; i < record->n; i++) {
        const struct ho_bytes parts[] = {ho_bytes_from(r->digest, sizeof r->digest), record->fields[i]};
        ho_digest(parts, 2, r->digest);
    }
    if (r->header_good)
        check_row(r, record, &faults);
    else if (!r->header_seen)
        r->header_good = ho_roster_header_read(r->arena, record, &faults, &r->header, &unknown);
    r->header_seen = true;
}

static void read_cut(struct reading *r, struct ho_bytes bytes, size_t at)
{
    struct ho_csv *csv = ho_csv_new(take, r);
    ho_csv_feed(csv, ho_bytes_from(bytes.p, at));
    ho_csv_feed(csv, ho_bytes_from(bytes.p + at, bytes.n - at));
    ho_csv_end(csv);
    ho_csv_free(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ho_arena *arena;
    if (!arena)
        arena = ho_arena_new(0);
    struct reading whole = {.arena = arena}, cut = {.arena = arena};
    struct ho_bytes bytes = ho_bytes_from(data, n);
    read_cut(&whole, bytes, 0);
    read_cut(&cut, bytes, n ? data[n / 2] % n : 0);
    HOLDS(whole.records == cut.records && whole.faults == cut.faults);
    HOLDS(memcmp(whole.digest, cut.digest, sizeof whole.digest) == 0);
    ho_arena_reset(arena);
    return 0;
}

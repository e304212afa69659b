// The plan's file as members in memory: an index to match with, and what conditions ask about.
#include "explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "roster/rows.h"

struct loading {
    struct ho_arena *arena;
    const char *path;
    struct ho_roster_header header;
    bool header_seen, header_good;
    struct ho_roster_faults faults;
    struct {
        struct ho_roster_row *items;
        size_t n, capacity;
    } rows;
};

static void report(void *context, const struct ho_roster_fault *fault)
{
    const struct loading *loading = context;
    fprintf(stderr, "%s:%llu: %s%s%s; the line is left out\n", loading->path, (unsigned long long)fault->line,
            fault->column, *fault->column ? " " : "", fault->what);
}

static void take_record(void *context, const struct ho_csv_record *record)
{
    struct loading *loading = context;
    const char *unknown;
    struct ho_roster_row row;
    if (!loading->header_seen) {
        loading->header_seen = true;
        loading->header_good =
            ho_roster_header_read(loading->arena, record, &loading->faults, &loading->header, &unknown);
        return;
    }
    if (!loading->header_good || !ho_roster_row_read(loading->arena, &loading->header, record, &loading->faults, &row))
        return;
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++) // views into the record
        row.text[i] = ho_bytes_of(ho_arena_text(loading->arena, row.text[i]));
    *(struct ho_roster_row *)ho_arena_push(loading->arena, &loading->rows, sizeof row) = row;
}

// ---- From rows to members -----------------------------------------------------------------------------

static const char *text(const struct ho_roster_row *row, enum ho_roster_column column)
{
    return (const char *)row->text[column].p; // ends with NUL since it was copied
}

static void put_in_index(struct ho_roster_index *index, const struct ho_roster_row *row)
{
    ho_roster_index_put(index, &(struct ho_roster_entry){
                                   .member_id = text(row, HO_ROSTER_MEMBER_ID),
                                   .cin = text(row, HO_ROSTER_CIN),
                                   .plan_id = text(row, HO_ROSTER_PLAN_ID),
                                   .surname = text(row, HO_ROSTER_SURNAME),
                                   .given = text(row, HO_ROSTER_GIVEN),
                                   .middle = text(row, HO_ROSTER_MIDDLE),
                                   .suffix = text(row, HO_ROSTER_SUFFIX),
                                   .birth_date = row->date[HO_ROSTER_BIRTH_DATE],
                                   .sex = text(row, HO_ROSTER_SEX),
                                   .phone = text(row, HO_ROSTER_PHONE),
                                   .address = text(row, HO_ROSTER_ADDRESS),
                                   .city = text(row, HO_ROSTER_CITY),
                                   .state = text(row, HO_ROSTER_STATE),
                                   .zip = text(row, HO_ROSTER_ZIP),
                               });
}

// The generated struct wants pointers that are not const; nobody writes through them.
static char *field(const struct ho_roster_row *row, enum ho_roster_column column)
{
    return (char *)(uintptr_t)text(row, column);
}

static ho_enrolment *enrolment_of(struct ho_arena *arena, const struct ho_roster_row *row)
{
    ho_enrolment *enrolment = ho_arena_alloc(arena, sizeof *enrolment);
    handoff__v1__enrolment__init(enrolment);
    enrolment->program = field(row, HO_ROSTER_PROGRAM);
    enrolment->enrolled_from = row->date[HO_ROSTER_ENROLLED_FROM];
    enrolment->enrolled_to = row->date[HO_ROSTER_ENROLLED_TO];
    enrolment->opted_out_on = row->date[HO_ROSTER_OPTED_OUT_ON];
    return enrolment;
}

// A list: words with a blank between.
static char **words_of(struct ho_arena *arena, struct ho_bytes list, size_t *n)
{
    struct {
        char **items;
        size_t n, capacity;
    } words = {0};
    while (list.n) {
        size_t length = 0;
        while (length < list.n && list.p[length] != ' ')
            length++;
        *(char **)ho_arena_push(arena, &words, sizeof *words.items) =
            ho_arena_text(arena, ho_bytes_from(list.p, length));
        list = ho_bytes_trim(ho_bytes_from(list.p + length, list.n - length));
    }
    *n = words.n;
    return words.items;
}

// What conditions ask about, by the member's last line; each line's enrolment.
static const ho_member *member_of(struct ho_arena *arena, const struct ho_roster_row *rows, size_t n)
{
    const struct ho_roster_row *last = &rows[n - 1];
    ho_member *member = ho_arena_alloc(arena, sizeof *member);
    handoff__v1__member__init(member);
    member->member_id = field(last, HO_ROSTER_MEMBER_ID);
    member->birth_date = last->date[HO_ROSTER_BIRTH_DATE];
    member->sex = field(last, HO_ROSTER_SEX);
    member->phone = field(last, HO_ROSTER_PHONE);
    member->language = field(last, HO_ROSTER_LANGUAGE);
    member->county = field(last, HO_ROSTER_COUNTY);
    member->conditions = words_of(arena, last->text[HO_ROSTER_CONDITIONS], &member->n_conditions);
    member->needs = words_of(arena, last->text[HO_ROSTER_NEEDS], &member->n_needs);
    member->homeless = field(last, HO_ROSTER_HOMELESS);
    member->risk = field(last, HO_ROSTER_RISK);
    member->pregnant_until = last->date[HO_ROSTER_PREGNANT_UNTIL];
    member->dual = last->text[HO_ROSTER_DUAL].n > 0;
    member->enrolments = ho_arena_array(arena, n, sizeof(ho_enrolment *));
    for (size_t i = 0; i < n; i++)
        if (rows[i].text[HO_ROSTER_PROGRAM].n)
            member->enrolments[member->n_enrolments++] = enrolment_of(arena, &rows[i]);
    return member;
}

static int by_member(const void *left, const void *right)
{
    const struct ho_roster_row *a = left, *b = right;
    int c = strcmp(text(a, HO_ROSTER_MEMBER_ID), text(b, HO_ROSTER_MEMBER_ID));
    return c ? c : (a->line > b->line) - (a->line < b->line);
}

static void take_members(struct loading *loading, struct ho_explain_roster *out)
{
    struct ho_roster_row *rows = loading->rows.items;
    if (loading->rows.n)
        qsort(rows, loading->rows.n, sizeof *rows, by_member);
    for (size_t from = 0, to; from < loading->rows.n; from = to) {
        for (to = from + 1; to < loading->rows.n &&
                            ho_bytes_equal(rows[from].text[HO_ROSTER_MEMBER_ID], rows[to].text[HO_ROSTER_MEMBER_ID]);)
            to++;
        put_in_index(out->index, &rows[to - 1]);
        *(const ho_member **)ho_arena_push(loading->arena, &out->items, sizeof(void *)) =
            member_of(loading->arena, &rows[from], to - from);
    }
}

static enum ho_status read_file(struct loading *loading, FILE *file, struct ho_error *error)
{
    static uint8_t buffer[1 << 16];
    struct ho_csv *csv = ho_csv_new(take_record, loading);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        ho_csv_feed(csv, ho_bytes_from(buffer, n));
    ho_csv_end(csv);
    ho_csv_free(csv);
    if (ferror(file))
        return ho_fail(error, HO_FATAL, "%s: cannot be read", loading->path);
    if (!loading->header_good)
        return ho_fail(error, HO_REJECT, "%s: the first line must be a header that names member_id", loading->path);
    return HO_OK;
}

enum ho_status ho_explain_roster_read(struct ho_arena *arena, const char *path, struct ho_explain_roster *out,
                                      struct ho_error *error)
{
    struct loading loading = {.arena = arena, .path = path, .faults = {report, &loading}};
    *out = (struct ho_explain_roster){0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    enum ho_status status = read_file(&loading, file, error);
    fclose(file);
    if (status != HO_OK)
        return status;
    out->index = ho_roster_index_new(NULL);
    take_members(&loading, out);
    return HO_OK;
}

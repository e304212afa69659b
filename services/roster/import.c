#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, PROGRESS_ROWS = 5000 };

struct reading {
    const struct ho_roster_import *import;
    struct ho_roster_imported *out;
    uint8_t *buffer;
    size_t filled; // bytes of the buffer that are not yet parsed
    uint64_t bytes_read;
    struct ho_arena *arena; // a line's
    struct ho_arena *names; // the file's
    // Of CSV:
    struct ho_roster_stage *stage;
    struct ho_roster_header header;
    bool header_seen, header_good;
    // Of an 834:
    struct ho_x834_import *loops;
    bool audit; // a loop says 030

    enum ho_status status; // of the database; once it is not HO_OK nothing more is staged
    struct ho_error error;
};

static void tell_step(void *context, const char *what)
{
    struct reading *r = context;
    const struct ho_roster_progress progress = {what, r->out->is_x834 ? "members" : "lines", r->out->rows,
                                                r->bytes_read};
    r->import->progress(r->import->context, &progress);
}

static void count_row(struct reading *r, bool refused)
{
    r->out->rows++;
    r->out->refused += refused;
    if (r->out->rows % PROGRESS_ROWS == 0)
        tell_step(r, NULL);
}

// ---- The file --------------------------------------------------------------------------------------

// Reads on; `*end` where nothing more comes.
static enum ho_status fill_buffer(struct reading *r, bool *end, struct ho_error *error)
{
    ssize_t n;
    do
        n = read(r->import->fd, r->buffer + r->filled, READ_BYTES - r->filled);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ho_fail(error, HO_REJECT, "cannot read the file: %s", strerror(errno));
    r->filled += (size_t)n;
    r->bytes_read += (uint64_t)n;
    *end = n == 0;
    return HO_OK;
}

static enum ho_status see_kind(struct reading *r, struct ho_error *error)
{
    enum { FIRST_BYTES = 64 };
    bool end = false;
    enum ho_status status = HO_OK;
    while (status == HO_OK && !end && r->filled < FIRST_BYTES)
        status = fill_buffer(r, &end, error);
    r->out->is_x834 = ho_x12_begins(ho_bytes_from(r->buffer, r->filled));
    return status;
}

// Gives the whole file to a parser, piece by piece.
static enum ho_status read_file(struct reading *r, void (*feed)(void *parser, struct ho_bytes bytes), void *parser,
                                struct ho_error *error)
{
    bool end = false;
    enum ho_status status = HO_OK;
    while (status == HO_OK && !end && r->status == HO_OK) {
        feed(parser, ho_bytes_from(r->buffer, r->filled));
        r->filled = 0;
        if (r->status == HO_OK)
            status = fill_buffer(r, &end, error);
    }
    return status;
}

static enum ho_status end_of_reading(const struct reading *r, struct ho_error *error)
{
    if (r->status != HO_OK && error)
        *error = r->error;
    return r->status;
}

static enum ho_status refuse_faults(const struct reading *r, struct ho_error *error)
{
    if (!r->out->refused || r->import->partial)
        return HO_OK;
    return ho_fail(error, HO_REJECT, "nothing was changed: correct the %s, or import the others with --partial",
                   r->out->is_x834 ? "loops (INS)" : "lines");
}

// ---- CSV -------------------------------------------------------------------------------------------

static void take_header(struct reading *r, const struct ho_csv_record *record)
{
    const char *unknown;
    r->header_seen = true;
    r->header_good = ho_roster_header_read(r->names, record, &r->import->faults, &r->header, &unknown);
    if (r->header_good && *unknown)
        r->import->unknown_columns(r->import->context, unknown);
}

static void take_record(void *context, const struct ho_csv_record *record)
{
    struct reading *r = context;
    if (!r->header_seen) {
        take_header(r, record);
        return;
    }
    if (!r->header_good || r->status != HO_OK)
        return;
    struct ho_roster_row row;
    ho_arena_reset(r->arena);
    bool good = ho_roster_row_read(r->arena, &r->header, record, &r->import->faults, &row);
    r->status =
        good ? ho_roster_stage_row(r->stage, &row, &r->error) : ho_roster_stage_refused(r->stage, &row, &r->error);
    count_row(r, !good);
}

static void feed_csv(void *parser, struct ho_bytes bytes)
{
    ho_csv_feed(parser, bytes);
}

static enum ho_status read_csv(struct reading *r, struct ho_error *error)
{
    struct ho_csv *csv = ho_csv_new(take_record, r);
    enum ho_status status = read_file(r, feed_csv, csv, error);
    if (status == HO_OK) {
        ho_csv_end(csv);
        status = end_of_reading(r, error);
    }
    ho_csv_free(csv);
    return status;
}

static enum ho_status stage_csv(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = ho_roster_stage_begin(pg, &r->stage, error);
    if (status != HO_OK)
        return status;
    status = read_csv(r, error);
    if (status == HO_OK)
        status = ho_roster_stage_end(r->stage, error);
    ho_roster_stage_free(r->stage);
    if (status == HO_OK && !r->header_seen)
        status = ho_fail(error, HO_REJECT, "the file is empty: a header with the columns' names is the least");
    else if (status == HO_OK && !r->header_good)
        status = ho_fail(error, HO_REJECT, "the header is wrong; nothing was changed");
    return status;
}

static enum ho_status import_csv(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    uint64_t duplicates = 0;
    enum ho_status status = stage_csv(r, pg, error);
    if (status != HO_OK)
        return status;
    tell_step(r, "checking");
    status = ho_roster_stage_check(pg, r->names, &r->import->faults, &duplicates, error);
    r->out->refused += duplicates;
    if (status == HO_OK)
        status = refuse_faults(r, error);
    return status == HO_OK ? ho_roster_apply(pg, tell_step, r, &r->out->counts, error) : status;
}

// ---- 834 -------------------------------------------------------------------------------------------

static void take_loop(void *context, const struct ho_x834_member *member, bool refused)
{
    struct reading *r = context;
    if (r->status != HO_OK)
        return;
    r->audit |= member->maintenance == HO_X834_AUDIT;
    r->status = ho_x834_import_member(r->loops, member, refused, &r->error);
    count_row(r, refused);
}

static void feed_x834(void *parser, struct ho_bytes bytes)
{
    ho_x834_feed(parser, bytes);
}

static enum ho_status read_x834(struct reading *r, struct ho_error *error)
{
    const struct ho_x834_handler handler = {take_loop, r->import->faults, r};
    struct ho_x834 *x834 = ho_x834_new(&r->import->x834, &handler);
    enum ho_status status = read_file(r, feed_x834, x834, error);
    if (status == HO_OK)
        status = end_of_reading(r, error);
    if (status == HO_OK && !ho_x834_end(x834))
        status = ho_fail(error, HO_REJECT, "the file as a whole is wrong; nothing was changed");
    ho_x834_free(x834);
    return status;
}

static enum ho_status stage_x834(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = ho_x834_import_begin(pg, &r->loops, error);
    if (status == HO_OK)
        status = read_x834(r, error);
    if (status == HO_OK)
        status = refuse_faults(r, error);
    if (status == HO_OK) {
        tell_step(r, "putting together with what is known");
        status = ho_x834_import_stage(r->loops, &r->import->plan, &r->import->notes, &r->out->x834, error);
    }
    ho_x834_import_free(r->loops);
    return status;
}

static enum ho_status import_x834(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = stage_x834(r, pg, error);
    if (status == HO_OK)
        status = ho_roster_apply(pg, tell_step, r, &r->out->counts, error);
    r->out->counts.refused = r->out->x834.refused;
    r->out->compared_only = r->audit && !r->import->plan.full;
    return status;
}

enum ho_status ho_roster_import(struct ho_pg *pg, const struct ho_roster_import *import, struct ho_roster_imported *out,
                                struct ho_error *error)
{
    *out = (struct ho_roster_imported){0};
    struct reading r = {
        .import = import,
        .out = out,
        .buffer = malloc(READ_BYTES),
        .arena = ho_arena_new(0),
        .names = ho_arena_new(0),
    };
    if (!r.buffer)
        abort();
    enum ho_status status = see_kind(&r, error);
    if (status == HO_OK && !out->is_x834 && import->plan.full)
        status = ho_fail(error, HO_REJECT, "the file is no 834, and --full is for those alone; nothing was changed");
    if (status == HO_OK)
        status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = out->is_x834 ? import_x834(&r, pg, error) : import_csv(&r, pg, error);
    if (status == HO_OK && !out->compared_only)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    ho_arena_free(r.arena);
    ho_arena_free(r.names);
    free(r.buffer);
    return status;
}

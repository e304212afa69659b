#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, PROGRESS_ROWS = 20000 };

struct reading {
    const struct ho_roster_import *import;
    struct ho_roster_imported *out;
    struct ho_roster_stage *stage;
    struct ho_roster_header header;
    struct ho_arena *arena; // a line's
    struct ho_arena *names; // the file's
    bool header_seen, header_good;
    enum ho_status status; // of the database; once it is not HO_OK nothing more is staged
    struct ho_error error;
};

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
    r->out->rows++;
    r->out->refused += !good;
    r->status =
        good ? ho_roster_stage_row(r->stage, &row, &r->error) : ho_roster_stage_refused(r->stage, &row, &r->error);
    if (r->out->rows % PROGRESS_ROWS == 0)
        r->import->progress(r->import->context, "reading", r->out->rows);
}

static enum ho_status read_bytes(struct reading *r, struct ho_csv *csv, struct ho_error *error)
{
    uint8_t *buffer = malloc(READ_BYTES);
    if (!buffer)
        abort();
    ssize_t n = 0;
    do {
        n = read(r->import->fd, buffer, READ_BYTES);
        if (n > 0)
            ho_csv_feed(csv, ho_bytes_from(buffer, (size_t)n));
    } while (r->status == HO_OK && (n > 0 || (n < 0 && errno == EINTR)));
    free(buffer);
    if (n < 0)
        return ho_fail(error, HO_REJECT, "cannot read the file: %s", strerror(errno));
    ho_csv_end(csv);
    if (r->status != HO_OK && error)
        *error = r->error;
    return r->status;
}

static enum ho_status stage_file(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = ho_roster_stage_begin(pg, &r->stage, error);
    if (status != HO_OK)
        return status;
    struct ho_csv *csv = ho_csv_new(take_record, r);
    status = read_bytes(r, csv, error);
    ho_csv_free(csv);
    if (status == HO_OK)
        status = ho_roster_stage_end(r->stage, error);
    ho_roster_stage_free(r->stage);
    if (status == HO_OK && !r->header_seen)
        status = ho_fail(error, HO_REJECT, "the file is empty: a header with the columns' names is the least");
    else if (status == HO_OK && !r->header_good)
        status = ho_fail(error, HO_REJECT, "the header is wrong; nothing was changed");
    return status;
}

static void tell_step(void *context, const char *what)
{
    struct reading *r = context;
    r->import->progress(r->import->context, what, r->out->rows);
}

static enum ho_status check_and_apply(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    uint64_t duplicates = 0;
    tell_step(r, "checking");
    enum ho_status status = ho_roster_stage_check(pg, r->names, &r->import->faults, &duplicates, error);
    if (status != HO_OK)
        return status;
    r->out->refused += duplicates;
    if (r->out->refused && !r->import->partial)
        return ho_fail(error, HO_REJECT, "nothing was changed: correct the lines, or import the others with --partial");
    return ho_roster_apply(pg, tell_step, r, &r->out->counts, error);
}

enum ho_status ho_roster_import(struct ho_pg *pg, const struct ho_roster_import *import, struct ho_roster_imported *out,
                                struct ho_error *error)
{
    *out = (struct ho_roster_imported){0};
    struct reading r = {.import = import, .out = out, .arena = ho_arena_new(0), .names = ho_arena_new(0)};
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = stage_file(&r, pg, error);
    if (status == HO_OK)
        status = check_and_apply(&r, pg, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    ho_arena_free(r.arena);
    ho_arena_free(r.names);
    return status;
}

#include "care_import.h"

#include <errno.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

struct reading {
    const struct ho_care_import *import;
    struct ho_care_imported *out;
    struct ho_care_stage *stage;
    struct ho_arena *arena; // a line's
    struct ho_arena *names; // the file's
    struct ho_care_header header;
    bool header_seen, header_good;
    enum ho_status status; // of the database; once it is not HO_OK nothing more is staged
    struct ho_error error;
};

static void take_header(struct reading *r, const struct ho_csv_record *record)
{
    const char *unknown;
    const struct ho_care_import *import = r->import;
    r->header_seen = true;
    r->header_good = ho_care_header_read(r->names, import->kind, record, &import->faults, &r->header, &unknown);
    if (r->header_good && *unknown)
        import->unknown_columns(import->context, unknown);
}

static void take_record(void *context, const struct ho_csv_record *record)
{
    struct reading *r = context;
    struct ho_care_row row;
    if (!r->header_seen) {
        take_header(r, record);
        return;
    }
    if (!r->header_good || r->status != HO_OK)
        return;
    ho_arena_reset(r->arena);
    bool good = ho_care_row_read(r->arena, r->import->kind, &r->header, record, &r->import->faults, &row);
    r->status = ho_care_stage_row(r->stage, r->arena, &row, !good, &r->error);
    r->out->rows++;
    r->out->refused += !good;
}

static enum ho_status feed_file(const struct reading *r, struct ho_csv *csv, struct ho_error *error)
{
    static uint8_t buffer[READ_BYTES];
    ssize_t n = 1;
    while (n != 0 && r->status == HO_OK) {
        n = read(r->import->fd, buffer, sizeof buffer);
        if (n < 0 && errno != EINTR)
            return ho_fail(error, HO_REJECT, "cannot read the file: %s", strerror(errno));
        if (n > 0)
            ho_csv_feed(csv, ho_bytes_from(buffer, (size_t)n));
    }
    return HO_OK;
}

static enum ho_status read_file(struct reading *r, struct ho_error *error)
{
    struct ho_csv *csv = ho_csv_new(take_record, r);
    enum ho_status status = feed_file(r, csv, error);
    if (status == HO_OK)
        ho_csv_end(csv);
    ho_csv_free(csv);
    if (status == HO_OK && r->status != HO_OK) {
        *error = r->error;
        return r->status;
    }
    if (status == HO_OK && !r->header_seen)
        return ho_fail(error, HO_REJECT, "the file is empty: a header with the columns' names is the least");
    if (status == HO_OK && !r->header_good)
        return ho_fail(error, HO_REJECT, "the header is wrong; nothing was changed");
    return status;
}

static enum ho_status stage_file(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = ho_care_stage_begin(pg, r->import->kind, &r->stage, error);
    if (status == HO_OK)
        status = read_file(r, error);
    if (status == HO_OK)
        status = ho_care_stage_end(r->stage, error);
    ho_care_stage_free(r->stage);
    return status;
}

static enum ho_status import_file(struct reading *r, struct ho_pg *pg, struct ho_error *error)
{
    uint64_t wrong = 0;
    enum ho_status status = stage_file(r, pg, error);
    if (status == HO_OK)
        status = ho_care_stage_check(pg, r->names, r->import->kind, &r->import->faults, &wrong, error);
    r->out->refused += wrong;
    if (status == HO_OK && r->out->refused && !r->import->partial)
        status =
            ho_fail(error, HO_REJECT, "nothing was changed: correct the lines, or import the others with --partial");
    return status == HO_OK ? ho_care_apply(pg, r->import->kind, &r->out->counts, error) : status;
}

enum ho_status ho_care_import(struct ho_pg *pg, const struct ho_care_import *import, struct ho_care_imported *out,
                              struct ho_error *error)
{
    *out = (struct ho_care_imported){0};
    struct reading r = {.import = import, .out = out, .arena = ho_arena_new(0), .names = ho_arena_new(0)};
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = import_file(&r, pg, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    ho_arena_free(r.arena);
    ho_arena_free(r.names);
    return status;
}

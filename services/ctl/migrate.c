// handoffctl migrate: the numbered files of deploy/sql, each in one transaction, recorded with its checksum.
#include "command.h"
#include "migrations.h"
#include "plan_files.h"

#include "handoff/digest.h"
#include "handoff/time.h"

#include <stdio.h>

struct settings {
    const char *database_url, *sql_dir;
    bool status;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"sql-dir", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, sql_dir),
     .help = "folder of the migrations; none: the one that came with this program"},
    {"status", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, status),
     .help = "change nothing; show each migration, exit 1 unless all are applied as they are"},
};

static const struct ho_option_table table = {
    .program = "handoffctl migrate",
    .summary = "Applies the migrations that are missing, in order, each in one transaction. Two at once are safe.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

struct applied {
    struct ho_pg_result *rows; // version, name, sha256, applied_at; NULL where the table is not there yet
};

// Held by the session, so that a second run waits and then finds nothing left to do.
static const char lock[] = "select pg_advisory_lock(hashtextextended('handoff migrate', 0))";
static const char table_there[] = "select to_regclass('public.handoff_migration') is not null";
static const char make_table[] = "create table public.handoff_migration (version int primary key, name text not null, "
                                 "sha256 bytea not null, applied_at timestamptz not null default now())";
static const char read_applied[] =
    "select version, name, sha256, applied_at from public.handoff_migration order by version";
static const char record[] = "insert into public.handoff_migration (version, name, sha256) values ($1, $2, $3)";

static enum ho_status read_state(struct ho_pg *pg, struct applied *out, struct ho_error *error)
{
    struct ho_pg_result *there = NULL;
    enum ho_status status = ho_pg_run(pg, table_there, NULL, &there, error);
    if (status == HO_OK && ho_pg_get_int(there, 0, 0))
        status = ho_pg_run(pg, read_applied, NULL, &out->rows, error);
    ho_pg_result_free(there);
    return status;
}

static int row_of(const struct applied *applied, int version)
{
    for (int i = 0; applied->rows && i < ho_pg_rows(applied->rows); i++)
        if (ho_pg_get_int(applied->rows, i, 0) == version)
            return i;
    return -1;
}

static bool is_same(const struct applied *applied, int row, const struct ho_migration *m)
{
    return ho_bytes_equal(ho_pg_get_bytes(applied->rows, row, 2), ho_bytes_from(m->sha256, sizeof m->sha256));
}

// What was applied must still be what the files say.
static enum ho_status check_applied(const struct applied *applied, const struct ho_migration *migrations, size_t n,
                                    const char *dir, struct ho_error *error)
{
    for (size_t i = 0; i < n; i++) {
        int row = row_of(applied, migrations[i].version);
        if (row >= 0 && !is_same(applied, row, &migrations[i]))
            return ho_fail(
                error, HO_REJECT,
                "%s/%s is not what was applied to this database: its checksum has changed. Put the file back as "
                "it was and write the change as a new migration",
                dir, migrations[i].name);
        if (row < 0 && applied->rows && ho_pg_rows(applied->rows) &&
            migrations[i].version < ho_pg_get_int(applied->rows, ho_pg_rows(applied->rows) - 1, 0))
            return ho_fail(error, HO_REJECT,
                           "%s/%s comes before migrations that are already applied; give it the next number", dir,
                           migrations[i].name);
    }
    return HO_OK;
}

static enum ho_status apply_one(struct ho_pg *pg, const struct ho_migration *m, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, m->version);
    ho_pg_text(params, m->name);
    ho_pg_bytea(params, ho_bytes_from(m->sha256, sizeof m->sha256));
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = ho_pg_script(pg, m->sql, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, record, params, NULL, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    if (status != HO_OK)
        ho_error_prefix(error, "%s: ", m->name);
    ho_arena_free(arena);
    return status;
}

static enum ho_status apply_missing(struct ho_pg *pg, const struct applied *applied,
                                    const struct ho_migration *migrations, size_t n, struct ho_error *error)
{
    enum ho_status status = applied->rows ? HO_OK : ho_pg_script(pg, make_table, error);
    size_t done = 0;
    for (size_t i = 0; i < n && status == HO_OK; i++) {
        if (row_of(applied, migrations[i].version) >= 0)
            continue;
        status = apply_one(pg, &migrations[i], error);
        if (status == HO_OK)
            printf("applied %s\n", migrations[i].name);
        done++;
    }
    if (status == HO_OK && !done)
        printf("nothing to do: all %zu migrations are applied\n", n);
    return status;
}

static int print_file(const struct applied *applied, const struct ho_migration *m)
{
    char when[HO_TIME_TEXT_BYTES];
    int row = row_of(applied, m->version);
    if (row < 0) {
        printf("%-28s missing\n", m->name);
        return HO_EXIT_FAILED;
    }
    bool same = is_same(applied, row, m);
    printf("%-28s applied %s%s\n", m->name, ho_time_format(ho_pg_get_time(applied->rows, row, 3), NULL, when),
           same ? "" : ", CHANGED since");
    return same ? HO_EXIT_OK : HO_EXIT_FAILED;
}

// Those of a newer program, whose files are not here.
static void print_unknown(const struct applied *applied, const struct ho_migration *migrations, size_t n)
{
    for (int row = 0; applied->rows && row < ho_pg_rows(applied->rows); row++) {
        bool known = false;
        for (size_t i = 0; i < n; i++)
            known |= migrations[i].version == ho_pg_get_int(applied->rows, row, 0);
        if (!known)
            printf("%-28s applied, but its file is not here\n", ho_pg_get_text(applied->rows, row, 1));
    }
}

static int print_status(const struct applied *applied, const struct ho_migration *migrations, size_t n)
{
    int status = HO_EXIT_OK;
    for (size_t i = 0; i < n; i++)
        if (print_file(applied, &migrations[i]) != HO_EXIT_OK)
            status = HO_EXIT_FAILED;
    print_unknown(applied, migrations, n);
    return status;
}

static enum ho_status find_files(struct ho_arena *arena, const struct settings *settings, const char **dir,
                                 struct ho_migration **migrations, size_t *n, struct ho_error *error)
{
    *dir = *settings->sql_dir ? settings->sql_dir : ho_deploy_folder(arena, "sql");
    if (!*dir)
        return ho_fail(error, HO_FATAL, "the migrations are not where this program is; give their folder by --sql-dir");
    return ho_migrations_read(arena, *dir, migrations, n, error);
}

static int migrate(struct ho_arena *arena, struct ho_pg *pg, const struct settings *settings, struct ho_error *error)
{
    const char *dir = NULL;
    struct ho_migration *migrations = NULL;
    struct applied applied = {0};
    size_t n = 0;
    int exit_status = HO_EXIT_FAILED;
    enum ho_status status = find_files(arena, settings, &dir, &migrations, &n, error);
    if (status == HO_OK)
        status = ho_pg_connect(pg, error);
    if (status == HO_OK && !settings->status)
        status = ho_pg_run(pg, lock, NULL, NULL, error);
    if (status == HO_OK)
        status = read_state(pg, &applied, error);
    if (status == HO_OK && settings->status) {
        exit_status = print_status(&applied, migrations, n);
    } else if (status == HO_OK) {
        status = check_applied(&applied, migrations, n, dir, error);
        if (status == HO_OK)
            status = apply_missing(pg, &applied, migrations, n, error);
        exit_status = status == HO_OK ? HO_EXIT_OK : HO_EXIT_FAILED;
    }
    ho_pg_result_free(applied.rows);
    return exit_status;
}

int ho_ctl_migrate(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&table, argc, argv, &settings);
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl migrate");
    int exit_status = migrate(arena, pg, &settings, &error);
    if (error.text[0])
        exit_status = ho_ctl_failed(&table, &error);
    ho_pg_free(pg);
    ho_arena_free(arena);
    return exit_status;
}

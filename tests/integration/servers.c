#include "servers.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77, URL_BYTES = 512 };

static char admin_url[URL_BYTES], test_url[URL_BYTES], test_name[64];

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static const char *required(const char *name)
{
    const char *value = getenv(name);
    if (value && *value)
        return value;
    const char *require = getenv("HANDOFF_REQUIRE");
    fprintf(stderr, "%s is not set: this test needs a real server\n", name);
    exit(require && strcmp(require, "all") == 0 ? EXIT_FAILURE : SKIPPED);
}

const char *ho_test_brokers(void)
{
    return required("HANDOFF_TEST_KAFKA_BROKERS");
}

static void script(const char *url, const char *sql)
{
    struct ho_error error;
    struct ho_pg *pg = ho_pg_new(url, "handoff-test");
    if (ho_pg_connect(pg, &error) || ho_pg_script(pg, sql, &error))
        give_up("database", error.text);
    ho_pg_free(pg);
}

// The same URL with another database: postgresql://user@host:port/NAME?options.
static void url_with_database(const char *url, const char *name, char out[URL_BYTES])
{
    const char *host = strstr(url, "://");
    if (!host)
        give_up("HANDOFF_TEST_DATABASE_URL", "must be like postgresql://USER@HOST:PORT/DATABASE");
    host += 3;
    size_t before = (size_t)(host - url) + strcspn(host, "/?");
    const char *options = strchr(url, '?');
    snprintf(out, URL_BYTES, "%.*s/%s%s", (int)before, url, name, options ? options : "");
}

static void apply_file(const char *path)
{
    static char text[1 << 20], sql[sizeof text + 32];
    FILE *file = fopen(path, "r");
    if (!file)
        give_up(path, "cannot be read; run the test from the repository's root");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    snprintf(sql, sizeof sql, "begin;%s\n;commit", text);
    script(test_url, sql);
}

// In the order of their names.
static void migrate(void)
{
    glob_t files;
    if (glob("deploy/sql/*.sql", 0, NULL, &files) != 0)
        give_up("deploy/sql", "holds no migration; run the test from the repository's root");
    for (size_t i = 0; i < files.gl_pathc; i++)
        apply_file(files.gl_pathv[i]);
    globfree(&files);
}

const char *ho_test_database(bool migrated)
{
    char sql[128];
    snprintf(admin_url, sizeof admin_url, "%s", required("HANDOFF_TEST_DATABASE_URL"));
    snprintf(test_name, sizeof test_name, "ho_test_%d", (int)getpid());
    snprintf(sql, sizeof sql, "create database %s", test_name);
    script(admin_url, sql);
    url_with_database(admin_url, test_name, test_url);
    if (migrated)
        migrate();
    return test_url;
}

void ho_test_database_drop(void)
{
    char sql[128];
    snprintf(sql, sizeof sql, "drop database if exists %s with (force)", test_name);
    script(admin_url, sql);
}

struct ho_pg *ho_test_connect(const char *application_name)
{
    struct ho_error error;
    struct ho_pg *pg = ho_pg_new(test_url, application_name);
    if (ho_pg_connect(pg, &error))
        give_up("database", error.text);
    return pg;
}

int64_t ho_test_number(struct ho_pg *pg, const char *sql)
{
    struct ho_error error;
    struct ho_pg_result *result = NULL;
    if (ho_pg_run(pg, sql, NULL, &result, &error))
        give_up(sql, error.text);
    int64_t number = ho_pg_rows(result) ? ho_pg_get_int(result, 0, 0) : -1;
    ho_pg_result_free(result);
    return number;
}

void ho_test_sql(struct ho_pg *pg, const char *sql)
{
    struct ho_error error;
    if (ho_pg_script(pg, sql, &error))
        give_up(sql, error.text);
}

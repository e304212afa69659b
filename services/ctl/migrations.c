#include "migrations.h"

#include "handoff/digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { NUMBER_DIGITS = 3, FILE_BYTES_MAX = 16 << 20 };

// NNN_name.sql
static bool is_migration(const char *name)
{
    size_t n = strlen(name);
    return n > NUMBER_DIGITS + 5 && strspn(name, "0123456789") == NUMBER_DIGITS && name[NUMBER_DIGITS] == '_' &&
           strcmp(name + n - 4, ".sql") == 0;
}

static int selects(const struct dirent *entry)
{
    return is_migration(entry->d_name);
}

static enum ho_status read_whole(struct ho_arena *arena, FILE *file, const char *path, struct ho_bytes *out,
                                 struct ho_error *error)
{
    struct stat facts;
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size > FILE_BYTES_MAX)
        return ho_fail(error, HO_FATAL, "%s: no file, or larger than 16 MiB", path);
    uint8_t *bytes = ho_arena_alloc(arena, (size_t)facts.st_size + 1);
    size_t n = fread(bytes, 1, (size_t)facts.st_size, file);
    if (ferror(file) || memchr(bytes, 0, n))
        return ho_fail(error, HO_FATAL, "%s: cannot be read as text", path);
    *out = ho_bytes_from(bytes, n);
    return HO_OK;
}

static enum ho_status read_one(struct ho_arena *arena, const char *dir, const char *name, struct ho_migration *out,
                               struct ho_error *error)
{
    const char *path = ho_arena_printf(arena, "%s/%s", dir, name);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    struct ho_bytes sql = {0};
    enum ho_status status = read_whole(arena, file, path, &sql, error);
    fclose(file);
    if (status != HO_OK)
        return status;
    out->version = (int)strtol(name, NULL, 10);
    out->name = ho_arena_text(arena, ho_bytes_of(name));
    out->sql = (const char *)sql.p; // the arena's bytes are zeroed, so a NUL stands behind it
    ho_digest(&sql, 1, out->sha256);
    return HO_OK;
}

static enum ho_status read_all(struct ho_arena *arena, const char *dir, struct dirent **entries, int n,
                               struct ho_migration *out, struct ho_error *error)
{
    for (int i = 0; i < n; i++) {
        enum ho_status status = read_one(arena, dir, entries[i]->d_name, &out[i], error);
        if (status != HO_OK)
            return status;
        if (i > 0 && out[i].version == out[i - 1].version)
            return ho_fail(error, HO_REJECT, "%s: %s and %s have the same number; give one a number of its own", dir,
                           out[i - 1].name, out[i].name);
    }
    return HO_OK;
}

enum ho_status ho_migrations_read(struct ho_arena *arena, const char *dir, struct ho_migration **out, size_t *n,
                                  struct ho_error *error)
{
    struct dirent **entries = NULL;
    int found = scandir(dir, &entries, selects, alphasort);
    if (found < 0)
        return ho_fail(error, HO_FATAL, "%s: %s; give the folder of the migrations by --sql-dir", dir, strerror(errno));
    *n = (size_t)found;
    *out = ho_arena_array(arena, *n + 1, sizeof **out);
    enum ho_status status = read_all(arena, dir, entries, found, *out, error);
    for (int i = 0; i < found; i++)
        free(entries[i]);
    free(entries);
    if (status == HO_OK && !found)
        status = ho_fail(error, HO_REJECT, "%s holds no file like 001_name.sql", dir);
    return status;
}

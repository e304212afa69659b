#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct ho_bytes corpus_read_file(struct ho_arena *arena, const char *path)
{
    struct ho_bytes bytes = {0};
    struct stat about;
    FILE *file = stat(path, &about) == 0 && S_ISREG(about.st_mode) ? fopen(path, "rb") : NULL;
    if (!file)
        return bytes;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        if (size > 0 && fseek(file, 0, SEEK_SET) == 0) {
            uint8_t *p = ho_arena_alloc(arena, (size_t)size);
            bytes = (struct ho_bytes){p, fread(p, 1, (size_t)size, file)};
        }
    }
    fclose(file);
    return bytes;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcmp(name + n - m, ending) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct corpus_file *)a)->name, ((const struct corpus_file *)b)->name);
}

void corpus_read_folder(struct ho_arena *arena, const char *folder, const char *ending, struct corpus *out)
{
    *out = (struct corpus){0};
    DIR *directory = opendir(folder);
    if (!directory)
        return;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (entry->d_name[0] == '.' || !ends_with(entry->d_name, ending))
            continue;
        struct corpus_file *file = ho_arena_push(arena, out, sizeof *file);
        file->name = ho_arena_text(arena, ho_bytes_of(entry->d_name));
        file->bytes = corpus_read_file(arena, ho_arena_printf(arena, "%s/%s", folder, entry->d_name));
    }
    closedir(directory);
    if (out->n)
        qsort(out->files, out->n, sizeof *out->files, by_name);
}

void corpus_read_messages(struct ho_arena *arena, const char *path, struct corpus *out)
{
    *out = (struct corpus){0};
    struct ho_bytes rest = corpus_read_file(arena, path);
    while (rest.n) {
        const uint8_t *next = memmem(rest.p + 1, rest.n - 1, "\nMSH|", 5);
        size_t n = next ? (size_t)(next - rest.p) + 1 : rest.n;
        struct corpus_file *file = ho_arena_push(arena, out, sizeof *file);
        file->name = ho_arena_printf(arena, "message %zu", out->n);
        file->bytes = (struct ho_bytes){rest.p, n};
        rest.p += n;
        rest.n -= n;
    }
}

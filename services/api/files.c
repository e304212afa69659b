#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handoff/arena.h"
#include "handoff/digest.h"

enum { MOST_DEPTH = 8, ETAG_BYTES = 35 };

struct ho_files {
    struct ho_arena *arena;
    struct ho_file *items;
    size_t n, capacity; // with `items`, as ho_arena_push wants it
    size_t bytes;
};

static const struct {
    const char *ending, *type;
} TYPES[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *path)
{
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof TYPES / sizeof *TYPES; i++)
        if (strcmp(ending, TYPES[i].ending) == 0)
            return TYPES[i].type;
    return "application/octet-stream";
}

static const char *etag_of(struct ho_arena *arena, struct ho_bytes content)
{
    uint8_t id[16];
    char hex[sizeof id * 2 + 1];
    ho_digest_id(&content, 1, id);
    ho_hex(id, sizeof id, hex);
    return ho_arena_printf(arena, "\"%s\"", hex);
}

static enum ho_status read_file(struct ho_files *files, int fd, size_t size, const char *path, struct ho_error *error)
{
    uint8_t *content = ho_arena_alloc(files->arena, size + 1);
    size_t n = 0;
    for (ssize_t got; n < size && (got = read(fd, content + n, size - n)) != 0; n += (size_t)got)
        if (got < 0)
            return ho_fail(error, HO_FATAL, "%s cannot be read: %s", path, strerror(errno));
    struct ho_file *file = ho_arena_push(files->arena, &files->items, sizeof *file);
    file->path = path;
    file->content_type = type_of(path);
    file->immutable = strncmp(path, "/assets/", 8) == 0;
    file->content = ho_bytes_from(content, n);
    file->etag = etag_of(files->arena, file->content);
    files->bytes += n;
    return HO_OK;
}

static enum ho_status read_dir(struct ho_files *files, int fd, const char *path, int depth, struct ho_error *error);

static enum ho_status read_entry(struct ho_files *files, int dir_fd, const char *path, int depth,
                                 struct ho_error *error)
{
    struct stat facts;
    const char *name = strrchr(path, '/') + 1;
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ELOOP ? HO_OK : ho_fail(error, HO_FATAL, "%s cannot be read: %s", path, strerror(errno));
    enum ho_status status = HO_OK;
    if (fstat(fd, &facts) != 0)
        status = ho_fail(error, HO_FATAL, "%s cannot be read: %s", path, strerror(errno));
    else if (S_ISDIR(facts.st_mode))
        return read_dir(files, fd, path, depth + 1, error); // takes the descriptor
    else if (S_ISREG(facts.st_mode) &&
             (files->n >= HO_FILES_MOST || (size_t)facts.st_size > HO_FILES_MOST_BYTES - files->bytes))
        status = ho_fail(error, HO_REJECT, "there is more than a web page in it: %d files and %d MiB are read at most",
                         HO_FILES_MOST, HO_FILES_MOST_BYTES >> 20);
    else if (S_ISREG(facts.st_mode))
        status = read_file(files, fd, (size_t)facts.st_size, path, error);
    close(fd);
    return status;
}

// Takes `fd`.
static enum ho_status read_dir(struct ho_files *files, int fd, const char *path, int depth, struct ho_error *error)
{
    DIR *dir = depth < MOST_DEPTH ? fdopendir(fd) : NULL;
    enum ho_status status = HO_OK;
    if (!dir) {
        close(fd);
        return ho_fail(error, HO_REJECT, "%s: folders lie too deep", path);
    }
    for (struct dirent *entry; !status && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            status = read_entry(files, dirfd(dir), ho_arena_printf(files->arena, "%s/%s", path, entry->d_name), depth,
                                error);
    closedir(dir);
    return status;
}

enum ho_status ho_files_read(const char *dir, struct ho_files **out, struct ho_error *error)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ho_fail(error, HO_FATAL, "the web page's folder %s cannot be read: %s", dir, strerror(errno));
    struct ho_files *files = calloc(1, sizeof *files);
    if (!files)
        abort();
    files->arena = ho_arena_new(0);
    enum ho_status status = read_dir(files, fd, "", 0, error);
    if (status == HO_OK && !ho_files_find(files, "/"))
        status = ho_fail(error, HO_REJECT, "there is no index.html in it: build the web page");
    if (status == HO_OK) {
        *out = files;
        return HO_OK;
    }
    ho_error_prefix(error, "%s: ", dir);
    ho_files_free(files);
    return status;
}

void ho_files_free(struct ho_files *files)
{
    if (files)
        ho_arena_free(files->arena);
    free(files);
}

size_t ho_files_count(const struct ho_files *files)
{
    return files->n;
}

const struct ho_file *ho_files_find(const struct ho_files *files, const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->items[i].path, wanted) == 0)
            return &files->items[i];
    return NULL;
}

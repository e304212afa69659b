#include "message_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_START = 0x0B, FRAME_END = 0x1C };

struct ho_message_file {
    void *map;      // of a file
    uint8_t *bytes; // of standard input
    size_t size;
    struct ho_bytes rest;
};

static struct ho_bytes tail(struct ho_bytes b, size_t from)
{
    return ho_bytes_from(b.p + from, b.n - from);
}

static bool ends_line(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

static const char *const HEADER[] = {"MSH", NULL};
static const char *const BOUNDARIES[] = {"MSH", "FHS", "BHS", "BTS", "FTS", NULL}; // of messages and batches

// Where the next line that begins with one of the names does, at or behind `from`; n where there is none.
static size_t find_line(struct ho_bytes b, size_t from, const char *const *names)
{
    for (size_t i = from; i < b.n; i++) {
        bool line_start = i == 0 || ends_line(b.p[i - 1]);
        for (const char *const *name = names; line_start && *name; name++)
            if (ho_message_segment_is(tail(b, i), *name))
                return i;
        while (i < b.n && !ends_line(b.p[i]))
            i++;
    }
    return b.n;
}

// The FS of the FS CR that ends the frame at the beginning of `b`; NULL where it does not end.
static const uint8_t *find_frame_end(struct ho_bytes b)
{
    for (size_t i = 1; i + 1 < b.n; i++) {
        const uint8_t *fs = memchr(b.p + i, FRAME_END, b.n - i);
        if (!fs)
            return NULL;
        i = (size_t)(fs - b.p);
        if (i + 1 < b.n && fs[1] == '\r')
            return fs;
    }
    return NULL;
}

static bool next_framed(struct ho_bytes *rest, struct ho_bytes *message)
{
    const uint8_t *end = find_frame_end(*rest);
    if (!end)
        return false;
    *message = ho_bytes_from(rest->p + 1, (size_t)(end - rest->p) - 1);
    *rest = tail(*rest, (size_t)(end - rest->p) + 2);
    while (rest->n && ends_line(rest->p[0]))
        *rest = tail(*rest, 1);
    return true;
}

static bool next_plain(struct ho_bytes *rest, struct ho_arena *arena, struct ho_bytes *message)
{
    size_t start = find_line(*rest, 0, HEADER);
    if (start == rest->n)
        return false;
    size_t next = find_line(*rest, start + 3, BOUNDARIES), end = next;
    while (end > start && ends_line(rest->p[end - 1]))
        end--;
    uint8_t *copy = ho_arena_alloc(arena, end - start + 1);
    memcpy(copy, rest->p + start, end - start);
    copy[end - start] = '\r';
    *message = ho_bytes_from(copy, end - start + 1);
    *rest = tail(*rest, next);
    return true;
}

bool ho_message_next(struct ho_bytes *rest, struct ho_arena *arena, struct ho_bytes *message)
{
    if (rest->n && rest->p[0] == FRAME_START)
        return next_framed(rest, message);
    return next_plain(rest, arena, message);
}

static struct ho_bytes without_mark(struct ho_bytes b)
{
    return b.n >= 3 && memcmp(b.p, "\xEF\xBB\xBF", 3) == 0 ? tail(b, 3) : b;
}

static enum ho_status check_frames(struct ho_bytes rest, const char *path, struct ho_error *error)
{
    struct ho_bytes whole = rest, message;
    while (rest.n) {
        size_t at = whole.n - rest.n;
        if (rest.p[0] != FRAME_START)
            return ho_fail(error, HO_REJECT, "%s: at byte %zu: a frame should begin with VT (0x0B)", path, at);
        if (!next_framed(&rest, &message))
            return ho_fail(error, HO_REJECT, "%s: the frame at byte %zu has no end (0x1C 0x0D)", path, at);
    }
    return HO_OK;
}

static enum ho_status check(const struct ho_message_file *file, const char *path, struct ho_error *error)
{
    struct ho_bytes b = file->rest;
    if (!b.n)
        return ho_fail(error, HO_REJECT, "%s: the file is empty", path);
    if (b.p[0] == FRAME_START)
        return check_frames(b, path, error);
    if (find_line(b, 0, HEADER) == b.n)
        return ho_fail(error, HO_REJECT, "%s: no HL7 message is in it: no line begins with MSH", path);
    return HO_OK;
}

static enum ho_status map_file(struct ho_message_file *file, int fd, const char *path, struct ho_error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return ho_fail(error, HO_FATAL, "%s: is no file", path);
    file->size = (size_t)facts.st_size;
    if (!file->size)
        return HO_OK;
    file->map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file->map == MAP_FAILED) {
        file->map = NULL;
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    }
    file->rest = without_mark(ho_bytes_from(file->map, file->size));
    return HO_OK;
}

static enum ho_status read_input(struct ho_message_file *file, struct ho_error *error)
{
    enum { PIECE_BYTES = 64 * 1024 };
    size_t n;
    do {
        file->bytes = realloc(file->bytes, file->size + PIECE_BYTES);
        if (!file->bytes)
            abort();
        n = fread(file->bytes + file->size, 1, PIECE_BYTES, stdin);
        file->size += n;
    } while (n);
    if (ferror(stdin))
        return ho_fail(error, HO_FATAL, "standard input: %s", strerror(errno));
    file->rest = without_mark(ho_bytes_from(file->bytes, file->size));
    return HO_OK;
}

static enum ho_status open_file(struct ho_message_file *file, const char *path, struct ho_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    enum ho_status status = map_file(file, fd, path, error);
    close(fd);
    return status;
}

enum ho_status ho_message_file_open(const char *path, struct ho_message_file **out, struct ho_error *error)
{
    struct ho_message_file *file = calloc(1, sizeof *file);
    if (!file)
        abort();
    enum ho_status status = strcmp(path, "-") == 0 ? read_input(file, error) : open_file(file, path, error);
    if (status == HO_OK)
        status = check(file, path, error);
    if (status == HO_OK)
        *out = file;
    else
        ho_message_file_free(file);
    return status;
}

void ho_message_file_free(struct ho_message_file *file)
{
    if (!file)
        return;
    if (file->map)
        munmap(file->map, file->size);
    free(file->bytes);
    free(file);
}

bool ho_message_file_next(struct ho_message_file *file, struct ho_arena *arena, struct ho_bytes *message)
{
    return ho_message_next(&file->rest, arena, message);
}

size_t ho_message_file_left(const struct ho_message_file *file)
{
    return file->rest.n;
}

enum ho_status ho_message_file_check_batches(const struct ho_message_file *file, const char *path,
                                             struct ho_error *error)
{
    if (file->rest.n && file->rest.p[0] == FRAME_START)
        return HO_OK;
    enum ho_status status = ho_message_batches_check(file->rest, error);
    if (status != HO_OK)
        ho_error_prefix(error, "%s: ", path);
    return status;
}

// A folder's YAML files: read whole, walked once for their places, then read by schema.
#include "yaml_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { MAX_FILE_BYTES = 1 << 20, MAX_DEPTH = 16, MAX_KEYS = 1000 };

// ---- Folder and file ----------------------------------------------------------------------------------

static bool is_yaml(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

enum ho_status ho_yaml_list(struct ho_arena *arena, const char *dir, struct ho_yaml_names *out, struct ho_error *error)
{
    DIR *folder = opendir(dir);
    if (!folder)
        return ho_fail(error, HO_FATAL, "the folder %s cannot be read (%s); name one that can", dir, strerror(errno));
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (is_yaml(entry->d_name))
            *(const char **)ho_arena_push(arena, out, sizeof(const char *)) =
                ho_arena_text(arena, ho_bytes_of(entry->d_name));
    }
    closedir(folder);
    if (!out->n)
        return ho_fail(error, HO_REJECT, "the folder %s has no .yaml file; put one there", dir);
    qsort(out->items, out->n, sizeof *out->items, compare_names);
    return HO_OK;
}

static enum ho_status read_stream(struct ho_yaml_file *file, FILE *stream, struct ho_error *error)
{
    long n = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (n < 0 || fseek(stream, 0, SEEK_SET) != 0)
        return ho_fail(error, HO_FATAL, "%s cannot be read (%s)", file->path, strerror(errno));
    if (n > MAX_FILE_BYTES)
        return ho_fail(error, HO_REJECT, "%s is longer than %d bytes; divide it", file->path, MAX_FILE_BYTES);
    uint8_t *bytes = ho_arena_alloc(file->arena, (size_t)n);
    file->bytes = ho_bytes_from(bytes, fread(bytes, 1, (size_t)n, stream));
    if (file->bytes.n < (size_t)n)
        return ho_fail(error, HO_FATAL, "%s cannot be read to its end", file->path);
    return HO_OK;
}

static enum ho_status read_bytes(struct ho_yaml_file *file, struct ho_error *error)
{
    FILE *stream = fopen(file->path, "rb");
    if (!stream)
        return ho_fail(error, HO_FATAL, "%s cannot be read (%s)", file->path, strerror(errno));
    enum ho_status status = read_stream(file, stream, error);
    fclose(stream);
    return status;
}

// ---- Places -------------------------------------------------------------------------------------------

struct level {
    bool is_mapping;
    const char *path; // of the mapping or list; "" the whole
    const char *key;  // path of the value that comes next in a mapping; NULL: a key comes
    size_t item;      // number of the entry that comes next in a list
    size_t first;     // where its places begin
    size_t n_keys;    // of a mapping, by now
};

struct walk {
    struct ho_yaml_file *file;
    struct level levels[MAX_DEPTH];
    size_t depth;
    int documents;
};

static const struct ho_yaml_place *find_place(const struct ho_yaml_file *file, size_t first, const char *path)
{
    for (size_t i = first; i < file->n; i++) {
        if (strcmp(file->places[i].path, path) == 0)
            return &file->places[i];
    }
    return NULL;
}

static size_t line_of(const yaml_event_t *event)
{
    return event->start_mark.line + 1;
}

static enum ho_status refuse_at(const struct ho_yaml_file *file, struct ho_error *error, size_t line, const char *words)
{
    return ho_fail(error, HO_REJECT, "%s:%zu: %s", file->path, line, words);
}

static void add_place(struct ho_yaml_file *file, const char *path, size_t line)
{
    struct ho_yaml_place *place = ho_arena_push(file->arena, &file->places, sizeof *place);
    *place = (struct ho_yaml_place){.path = path, .line = line};
}

static enum ho_status take_key(struct walk *w, const yaml_event_t *event, struct ho_error *error)
{
    struct ho_yaml_file *file = w->file;
    struct level *level = &w->levels[w->depth - 1];
    if (event->type != YAML_SCALAR_EVENT)
        return refuse_at(file, error, line_of(event), "a word is needed before the colon");
    const char *word = (const char *)event->data.scalar.value;
    level->key = ho_arena_printf(file->arena, "%s%s%s", level->path, *level->path ? "." : "", word);
    if (++level->n_keys > MAX_KEYS)
        return refuse_at(file, error, line_of(event),
                         "more than 1000 words stand side by side here; no file needs as many");
    const struct ho_yaml_place *before = find_place(file, level->first, level->key);
    if (before)
        return ho_fail(error, HO_REJECT, "%s:%zu: \"%s\" stands here and in line %zu; remove one of them", file->path,
                       line_of(event), word, before->line);
    add_place(file, level->key, line_of(event));
    return HO_OK;
}

// The path of the value that begins, whose place is noted.
static const char *value_path(struct walk *w, const yaml_event_t *event)
{
    struct level *level = w->depth ? &w->levels[w->depth - 1] : NULL;
    if (!level)
        return "";
    const char *path = level->key;
    level->key = NULL;
    if (level->is_mapping)
        return path;
    path = ho_arena_printf(w->file->arena, "%s[%zu]", level->path, level->item++);
    add_place(w->file, path, line_of(event));
    return path;
}

// The value of the place that was noted last.
static void take_scalar(struct walk *w, const yaml_event_t *event)
{
    struct ho_bytes text = ho_bytes_from(event->data.scalar.value, event->data.scalar.length);
    if (w->depth)
        w->file->places[w->file->n - 1].value = ho_arena_text(w->file->arena, text);
}

static enum ho_status take_value(struct walk *w, const yaml_event_t *event, struct ho_error *error)
{
    const struct level *level = w->depth ? &w->levels[w->depth - 1] : NULL;
    if (level && level->is_mapping && !level->key)
        return take_key(w, event, error);
    const char *path = value_path(w, event);
    if (event->type == YAML_SCALAR_EVENT) {
        take_scalar(w, event);
        return HO_OK;
    }
    if (w->depth == MAX_DEPTH)
        return refuse_at(w->file, error, line_of(event), "this is nested too deeply");
    w->levels[w->depth++] =
        (struct level){.is_mapping = event->type == YAML_MAPPING_START_EVENT, .path = path, .first = w->file->n};
    return HO_OK;
}

static enum ho_status take_event(struct walk *w, const yaml_event_t *event, struct ho_error *error)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++w->documents > 1)
            return refuse_at(w->file, error, line_of(event), "a second document begins here; put it in its own file");
        return HO_OK;
    case YAML_ALIAS_EVENT:
        return refuse_at(w->file, error, line_of(event), "aliases (*name) are not read; write the value itself");
    case YAML_SCALAR_EVENT:
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return take_value(w, event, error);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        w->depth--;
        return HO_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return HO_OK;
}

// What is wrong with the bytes themselves is known by their number only.
static enum ho_status refuse_bytes(const struct ho_yaml_file *file, const yaml_parser_t *parser, struct ho_error *error)
{
    size_t line = 1;
    for (size_t i = 0; i < parser->problem_offset && i < file->bytes.n; i++)
        line += file->bytes.p[i] == '\n';
    return ho_fail(error, HO_REJECT, "%s:%zu: this is no text in UTF-8 (%s); save it as such", file->path, line,
                   parser->problem);
}

// A quote that is never closed is noticed at the file's end, so where it began is said as well.
static enum ho_status refuse_syntax(const struct ho_yaml_file *file, const yaml_parser_t *parser,
                                    struct ho_error *error)
{
    if (parser->error == YAML_READER_ERROR)
        return refuse_bytes(file, parser, error);
    size_t line = parser->problem_mark.line + 1, begun = parser->context_mark.line + 1;
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    if (parser->context && begun < line)
        return ho_fail(error, HO_REJECT, "%s:%zu: this is no YAML: %s, %s that begins in line %zu", file->path, line,
                       problem, parser->context, begun);
    return ho_fail(error, HO_REJECT, "%s:%zu: this is no YAML: %s", file->path, line, problem);
}

static enum ho_status find_places(struct ho_yaml_file *file, yaml_parser_t *parser, struct ho_error *error)
{
    struct walk walk = {.file = file};
    enum ho_status status = HO_OK;
    bool ended = false;
    yaml_parser_set_input_string(parser, file->bytes.p, file->bytes.n);
    while (status == HO_OK && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return refuse_syntax(file, parser, error);
        status = take_event(&walk, &event, error);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    if (status == HO_OK && !walk.documents)
        return ho_fail(error, HO_REJECT, "%s:1: the file is empty; fill or remove it", file->path);
    return status;
}

enum ho_status ho_yaml_read_path(struct ho_arena *arena, const char *path, struct ho_yaml_file *out,
                                 struct ho_error *error)
{
    yaml_parser_t parser;
    *out = (struct ho_yaml_file){.arena = arena, .path = path};
    enum ho_status status = read_bytes(out, error);
    if (status != HO_OK)
        return status;
    if (!yaml_parser_initialize(&parser))
        abort(); // out of memory, as everywhere
    status = find_places(out, &parser, error);
    yaml_parser_delete(&parser);
    return status;
}

enum ho_status ho_yaml_read(struct ho_arena *arena, const char *dir, const char *name, struct ho_yaml_file *out,
                            struct ho_error *error)
{
    return ho_yaml_read_path(arena, ho_arena_printf(arena, "%s/%s", dir, name), out, error);
}

// ---- Refusals -----------------------------------------------------------------------------------------

// The line of the place, or of what it stands in.
static size_t line_at(const struct ho_yaml_file *file, const char *path)
{
    char *shorter = ho_arena_text(file->arena, ho_bytes_of(path));
    for (;;) {
        const struct ho_yaml_place *place = find_place(file, 0, shorter);
        if (place)
            return place->line;
        char *dot = strrchr(shorter, '.'), *bracket = strrchr(shorter, '[');
        char *cut = dot > bracket ? dot : bracket;
        if (!cut)
            return 1;
        *cut = '\0';
    }
}

enum ho_status ho_yaml_refuse(const struct ho_yaml_file *file, struct ho_error *error, const char *path,
                              const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        ho_error_prefix(error, "%s:%zu: ", file->path, line_at(file, path));
    }
    return HO_REJECT;
}

bool ho_yaml_has(const struct ho_yaml_file *file, const char *path)
{
    return find_place(file, 0, path) != NULL;
}

bool ho_yaml_is_word(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

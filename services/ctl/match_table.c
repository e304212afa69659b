#include "match_table.h"

#include "roster/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WARNINGS_SHOWN = 20,
    LINE_BYTES_MAX = 2 * HO_CSV_RECORD_BYTES_MAX, // of a line; the rest changes nothing, for the record is refused
};

struct buffer {
    uint8_t *p;
    size_t n, capacity;
};

struct reader {
    const struct ho_match_table *table;
    struct ho_arena *arena;
    struct ho_csv *csv;
    struct buffer record; // the lines of the record in hand
    struct buffer again;  // lines that are read once more, the next one at `again_at`
    size_t again_at;
    uint64_t before;      // lines before the first one that `csv` saw
    uint64_t broken_line; // where the record begins that went on behind its line without need; 0: none
    bool ended;           // a record did
    bool alone;           // the record is a line that is read by itself
    int *places;          // of the columns, -1 where the file has no such one; NULL before the header
    size_t n_fields;
    const char **values;
    enum ho_status status;
    struct ho_error *error;
};

// ---- What is shown --------------------------------------------------------------------------------------

void ho_match_progress_end(struct ho_match_warnings *warnings)
{
    if (warnings->line_open)
        fputs("\r\033[K", stderr);
    warnings->line_open = false;
}

void ho_match_progress(struct ho_match_warnings *warnings, const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "\r\033[K%s: ", warnings->path);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
    warnings->line_open = true;
}

void ho_match_warn(struct ho_match_warnings *warnings, uint64_t line, const char *format, ...)
{
    if (warnings->n++ >= WARNINGS_SHOWN)
        return;
    ho_match_progress_end(warnings);
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%" PRIu64 ": ", warnings->path, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

void ho_match_warnings_end(struct ho_match_warnings *warnings)
{
    ho_match_progress_end(warnings);
    if (warnings->n > WARNINGS_SHOWN)
        fprintf(stderr, "%s: and %" PRIu64 " more warnings\n", warnings->path, warnings->n - WARNINGS_SHOWN);
}

// ---- Text -----------------------------------------------------------------------------------------------

static struct ho_bytes from_latin1(struct ho_arena *arena, struct ho_bytes b)
{
    uint8_t *out = ho_arena_alloc(arena, 2 * b.n);
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < 0x80) {
            out[n++] = b.p[i];
        } else if (b.p[i] < 0xA0) {
            out[n++] = ' '; // a control character there
        } else {
            out[n++] = (uint8_t)(0xC0 | b.p[i] >> 6);
            out[n++] = (uint8_t)(0x80 | (b.p[i] & 0x3F));
        }
    }
    return ho_bytes_from(out, n);
}

static const char *clean_text(struct ho_arena *arena, struct ho_bytes b)
{
    b = ho_bytes_trim(b);
    if (!b.n)
        return "";
    if (!ho_is_utf8(b))
        b = from_latin1(arena, b);
    char *text = ho_arena_text(arena, b);
    for (char *c = text; *c; c++)
        if ((uint8_t)*c < ' ' || *c == 0x7F)
            *c = ' ';
    return text;
}

// ---- Records --------------------------------------------------------------------------------------------

static int column_of(const struct ho_match_table *table, struct ho_bytes name)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (ho_bytes_is(name, table->columns[i]))
            return (int)i;
    return -1;
}

static void fail(struct reader *r, uint64_t line, const char *words, const char *column)
{
    r->status = ho_fail(r->error, HO_REJECT, "%s:%" PRIu64 ": %s%s", r->table->path, line, column, words);
}

static void take_header(struct reader *r, uint64_t line, const struct ho_csv_record *record)
{
    const struct ho_match_table *table = r->table;
    r->places = calloc(table->n_columns, sizeof *r->places);
    if (!r->places)
        abort();
    for (size_t i = 0; i < table->n_columns; i++)
        r->places[i] = -1;
    for (size_t i = 0; i < record->n; i++) {
        int column = column_of(table, ho_bytes_trim(record->fields[i]));
        if (column >= 0 && r->places[column] >= 0)
            fail(r, line, " stands twice in the header; remove or rename one", table->columns[column]);
        else if (column >= 0)
            r->places[column] = (int)i;
    }
    r->n_fields = record->n;
    if (r->status == HO_OK && record->fault)
        fail(r, line, record->fault, "the header: ");
    if (r->status == HO_OK && r->places[0] < 0)
        fail(r, line, " is no column; the first line must name the columns, this one among them", table->columns[0]);
}

static void take_row(struct reader *r, uint64_t line, const struct ho_csv_record *record)
{
    if (record->fault)
        ho_match_warn(r->table->warnings, line, "%s; the line is read as far as it can be", record->fault);
    else if (record->n != r->n_fields)
        ho_match_warn(r->table->warnings, line, "%zu fields where the header has %zu; look for a comma without quotes",
                      record->n, r->n_fields);
    ho_arena_reset(r->arena);
    for (size_t i = 0; i < r->table->n_columns; i++) {
        bool there = r->places[i] >= 0 && (size_t)r->places[i] < record->n;
        r->values[i] = there ? clean_text(r->arena, record->fields[r->places[i]]) : "";
    }
    r->status = r->table->row(r->table->context, line, r->values, r->error);
}

// The bytes of the first line, its end included.
static size_t first_line(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] != '\n' && p[i] != '\r')
        i++;
    bool two = i + 1 < n && p[i] == '\r' && p[i + 1] == '\n';
    return i == n ? n : i + 1 + two;
}

static void take_record(void *context, const struct ho_csv_record *record)
{
    struct reader *r = context;
    uint64_t line = r->before + record->line;
    r->ended = true;
    if (r->status != HO_OK)
        return;
    if (record->fault && !r->alone && first_line(r->record.p, r->record.n) < r->record.n)
        r->broken_line = line;
    else if (!r->places)
        take_header(r, line, record);
    else
        take_row(r, line, record);
}

// ---- Lines ----------------------------------------------------------------------------------------------

static void append(struct buffer *buffer, const uint8_t *p, size_t n)
{
    if (buffer->n + n > buffer->capacity) {
        buffer->capacity = 2 * (buffer->n + n);
        buffer->p = realloc(buffer->p, buffer->capacity);
        if (!buffer->p)
            abort(); // as arenas do
    }
    if (n)
        memcpy(buffer->p + buffer->n, p, n);
    buffer->n += n;
}

static void restart(struct reader *r, uint64_t lines_before)
{
    ho_csv_free(r->csv);
    r->csv = ho_csv_new(take_record, r);
    r->before = lines_before;
}

// The record in hand is its first line alone; those behind it are read once more.
static void read_again(struct reader *r)
{
    uint64_t line = r->broken_line;
    size_t n = first_line(r->record.p, r->record.n);
    struct buffer again = {0};
    append(&again, r->record.p + n, r->record.n - n);
    append(&again, r->again.p + r->again_at, r->again.n - r->again_at);
    free(r->again.p);
    r->again = again;
    r->again_at = 0;
    r->broken_line = 0;
    restart(r, line - 1);
    r->alone = true;
    ho_csv_feed(r->csv, ho_bytes_from(r->record.p, n));
    ho_csv_end(r->csv);
    r->alone = false;
    restart(r, line);
}

static bool is_blank_line(const struct buffer *lines)
{
    return lines->n <= 2 && (lines->p[0] == '\n' || lines->p[0] == '\r');
}

static void take_line(struct reader *r, const uint8_t *p, size_t n)
{
    append(&r->record, p, n);
    r->ended = false;
    ho_csv_feed(r->csv, ho_bytes_from(p, n));
    if (r->broken_line)
        read_again(r);
    if (r->ended || is_blank_line(&r->record))
        r->record.n = 0;
}

static void take_lines_again(struct reader *r)
{
    while (r->again_at < r->again.n && r->status == HO_OK) {
        const uint8_t *next = r->again.p + r->again_at;
        size_t n = first_line(next, r->again.n - r->again_at);
        uint8_t *line = malloc(n);
        if (!line)
            abort();
        memcpy(line, next, n); // for reading may begin once more, elsewhere
        r->again_at += n;
        take_line(r, line, n);
        free(line);
    }
}

// The file ends: so does the record, and where it was broken the lines behind its first are read once more.
static void take_end(struct reader *r)
{
    do {
        take_lines_again(r);
        ho_csv_end(r->csv);
        if (r->broken_line)
            read_again(r);
        r->record.n = 0;
    } while (r->again_at < r->again.n && r->status == HO_OK);
}

// ---- The file -------------------------------------------------------------------------------------------

// A line with its end; n is 0 at the end of the file.
static void read_line(FILE *file, struct buffer *line)
{
    line->n = 0;
    for (int c; (c = getc_unlocked(file)) != EOF;) {
        const uint8_t byte = (uint8_t)c;
        bool ends = byte == '\n' || byte == '\r';
        if (ends || line->n < LINE_BYTES_MAX)
            append(line, &byte, 1);
        if (byte == '\r' && (c = getc_unlocked(file)) == '\n')
            append(line, (const uint8_t *)"\n", 1);
        else if (byte == '\r' && c != EOF)
            ungetc(c, file);
        if (ends)
            return;
    }
}

static void read_file(struct reader *r, FILE *file)
{
    struct buffer line = {0};
    do {
        read_line(file, &line);
        if (line.n)
            take_line(r, line.p, line.n);
        take_lines_again(r);
    } while (line.n && r->status == HO_OK);
    free(line.p);
    const char *path = r->table->path;
    if (r->status == HO_OK && ferror(file))
        r->status = ho_fail(r->error, HO_FATAL, "%s: cannot be read to its end (%s)", path, strerror(errno));
    if (r->status == HO_OK)
        take_end(r);
    if (r->status == HO_OK && !r->places)
        r->status = ho_fail(r->error, HO_REJECT, "%s:1: the file is empty; its first line must name the columns", path);
}

enum ho_status ho_match_table_read(const struct ho_match_table *table, struct ho_error *error)
{
    bool standard = strcmp(table->path, "-") == 0;
    FILE *file = standard ? stdin : fopen(table->path, "rb");
    if (!file)
        return ho_fail(error, HO_FATAL, "%s: cannot be opened (%s)", table->path, strerror(errno));
    struct reader r = {.table = table, .error = error, .arena = ho_arena_new(0)};
    r.values = calloc(table->n_columns, sizeof *r.values);
    if (!r.values)
        abort();
    restart(&r, 0);
    read_file(&r, file);
    ho_match_warnings_end(table->warnings);
    if (!standard)
        fclose(file);
    ho_csv_free(r.csv);
    ho_arena_free(r.arena);
    free(r.record.p);
    free(r.again.p);
    free(r.places);
    free(r.values);
    return r.status;
}

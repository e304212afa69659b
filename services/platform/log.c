#include "handoff/platform/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A byte becomes six at the most ("\\u0001"), so a line holds whatever its parts can hold.
enum {
    SERVICE_BYTES = 64,
    MESSAGE_BYTES = 1024,
    FIELDS_BYTES = 4096,
    LINE_BYTES = 6 * (SERVICE_BYTES + MESSAGE_BYTES + FIELDS_BYTES) + 1024,
    NUMBER_DIGITS = 15
};

static struct {
    char service[SERVICE_BYTES];
    enum ho_log_level least;
    bool json;
} settings = {"handoff", HO_INFO, true};

struct line {
    char text[LINE_BYTES];
    size_t n;
};

struct field {
    const char *key, *value;
    size_t key_n, value_n;
    bool quoted;
};

static void put(struct line *line, const char *text, size_t n)
{
    assert(n <= sizeof line->text - line->n);
    memcpy(line->text + line->n, text, n);
    line->n += n;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

// The length of the UTF-8 sequence at `p`, 0 where it is none (RFC 3629).
static size_t utf8_length(const unsigned char *p, size_t n)
{
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return length;
}

// Escaped as in a JSON string (RFC 8259 ch. 7); logfmt takes the same escapes. Bytes that are no UTF-8 show
// as the replacement character.
static void put_escaped(struct line *line, const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < n;) {
        size_t length = utf8_length(p + i, n - i);
        char escape[8];
        if (p[i] == '"' || p[i] == '\\')
            put(line, (char[]){'\\', text[i]}, 2);
        else if (p[i] == '\n')
            put_text(line, "\\n");
        else if (p[i] < 0x20 || p[i] == 0x7F)
            put(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", p[i]));
        else if (length)
            put(line, text + i, length);
        else
            put_text(line, "\xEF\xBF\xBD");
        i += length ? length : 1;
    }
}

static void put_string(struct line *line, const char *text, size_t n)
{
    put_text(line, "\"");
    put_escaped(line, text, n);
    put_text(line, "\"");
}

static bool is_key(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

// Is there a key with its = (or the end) at p?
static bool field_starts(const char *p)
{
    size_t n = 0;
    while (is_key(p[n]))
        n++;
    return *p == '\0' || (n && p[n] == '=');
}

// Where a quoted value ends: at a quote behind which the next field or the end comes, so that a text with quotes of
// its own needs no care by the caller.
static const char *closing_quote(const char *p)
{
    for (; *p; p++)
        if (*p == '"' && (p[1] == '\0' || (p[1] == ' ' && field_starts(p + 1 + strspn(p + 1, " ")))))
            break;
    return p;
}

// Takes the next key=value off the text. False at its end.
static bool next_field(const char **text, struct field *out)
{
    const char *p = *text + strspn(*text, " ");
    if (!*p)
        return false;
    out->key = p;
    while (*p && *p != '=' && *p != ' ')
        p++;
    out->key_n = (size_t)(p - out->key);
    p += *p == '=';
    out->quoted = *p == '"';
    p += out->quoted;
    out->value = p;
    p = out->quoted ? closing_quote(p) : p + strcspn(p, " ");
    out->value_n = (size_t)(p - out->value);
    *text = p + (out->quoted && *p);
    return true;
}

// A JSON number short enough that every reader keeps its digits; an id of digits alone stays text.
static bool is_number(const char *p, size_t n)
{
    size_t i = n && p[0] == '-';
    size_t whole = i, digits = 0, point = n;
    for (; i < n; i++) {
        if (p[i] == '.' && point == n && i > whole)
            point = i;
        else if (p[i] < '0' || p[i] > '9')
            return false;
        else
            digits++;
    }
    bool padded = n > whole + 1 && p[whole] == '0' && p[whole + 1] != '.';
    return digits && digits <= NUMBER_DIGITS && !padded && point != n - 1;
}

// A field with the name of one of the line's own stands under another, so that no value can forge those.
static void put_key(struct line *line, const struct field *f)
{
    static const char *const own[] = {"time", "level", "service", "message"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (f->key_n == strlen(own[i]) && memcmp(f->key, own[i], f->key_n) == 0)
            put_text(line, "_");
    put_escaped(line, f->key, f->key_n);
}

static void put_json_field(struct line *line, const struct field *f)
{
    put_text(line, ",\"");
    put_key(line, f);
    put_text(line, "\":");
    bool boolean =
        (f->value_n == 4 && memcmp(f->value, "true", 4) == 0) || (f->value_n == 5 && memcmp(f->value, "false", 5) == 0);
    if (!f->quoted && (boolean || is_number(f->value, f->value_n)))
        put(line, f->value, f->value_n);
    else
        put_string(line, f->value, f->value_n);
}

static bool needs_quotes(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] <= ' ' || p[i] == '"' || p[i] == '=' || p[i] == '\\' || (unsigned char)p[i] >= 0x7F)
            return true;
    return n == 0;
}

static void put_logfmt_value(struct line *line, const char *text, size_t n)
{
    if (needs_quotes(text, n))
        put_string(line, text, n);
    else
        put(line, text, n);
}

static void now_text(char out[40])
{
    struct timespec t;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    size_t n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, 40 - n, ".%03ldZ", t.tv_nsec / 1000000);
}

const char *const ho_log_levels[] = {"debug", "info", "warn", "error", NULL};

enum ho_log_level ho_log_level_named(const char *name)
{
    int level = 0;
    while (level < HO_ERROR && strcmp(ho_log_levels[level], name) != 0)
        level++;
    return (enum ho_log_level)level;
}

static void make_json(struct line *line, const char *level, const char *time, const char *message, const char *fields)
{
    put_text(line, "{\"time\":\"");
    put_text(line, time);
    put_text(line, "\",\"level\":\"");
    put_text(line, level);
    put_text(line, "\",\"service\":");
    put_string(line, settings.service, strlen(settings.service));
    put_text(line, ",\"message\":");
    put_string(line, message, strnlen(message, MESSAGE_BYTES));
    for (struct field f; next_field(&fields, &f);)
        put_json_field(line, &f);
    put_text(line, "}");
}

static void make_logfmt(struct line *line, const char *level, const char *time, const char *message, const char *fields)
{
    put_text(line, "time=");
    put_text(line, time);
    put_text(line, " level=");
    put_text(line, level);
    put_text(line, " service=");
    put_logfmt_value(line, settings.service, strlen(settings.service));
    put_text(line, " message=");
    put_logfmt_value(line, message, strnlen(message, MESSAGE_BYTES));
    for (struct field f; next_field(&fields, &f);) {
        put_text(line, " ");
        put_key(line, &f);
        put_text(line, "=");
        put_logfmt_value(line, f.value, f.value_n);
    }
}

void ho_log_init(const char *service, enum ho_log_level least)
{
    snprintf(settings.service, sizeof settings.service, "%s", service);
    settings.least = least;
    const char *format = getenv("HANDOFF_LOG_FORMAT");
    bool known = format && (strcmp(format, "json") == 0 || strcmp(format, "logfmt") == 0);
    settings.json = known ? strcmp(format, "json") == 0 : !isatty(STDERR_FILENO);
}

void ho_log(enum ho_log_level level, const char *message, const char *format, ...)
{
    if (level < settings.least)
        return;
    char fields[FIELDS_BYTES], time[40];
    va_list args;
    va_start(args, format);
    vsnprintf(fields, sizeof fields, format, args);
    va_end(args);
    now_text(time);
    struct line line;
    line.n = 0;
    (settings.json ? make_json : make_logfmt)(&line, ho_log_levels[level], time, message, fields);
    put_text(&line, "\n");
    // A log that cannot be written must not stop the work.
    ssize_t written = write(STDERR_FILENO, line.text, line.n);
    (void)written;
}

#include "handoff/error.h"

#include <stdio.h>
#include <string.h>

// What others have written may stand in the words: they stay one line, and tell a terminal nothing.
static void make_plain(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = ' ';
}

enum ho_status ho_fail(struct ho_error *error, enum ho_status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        make_plain(error->text);
    }
    return status;
}

void ho_error_prefix(struct ho_error *error, const char *format, ...)
{
    if (!error)
        return;
    struct ho_error before = *error;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof error->text)
        snprintf(error->text + n, sizeof error->text - (size_t)n, "%s", before.text);
    make_plain(error->text);
}

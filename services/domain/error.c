#include "handoff/error.h"

#include <stdio.h>
#include <string.h>

enum ho_status ho_fail(struct ho_error *error, enum ho_status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
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
}

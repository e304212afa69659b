// What can go wrong, and what the caller does about it.
//
// The status is the decision, the text is for people: nobody parses the text. Texts say what, where and
// what to do, and never carry personal data or a secret.
#pragma once

#include <stdarg.h>

enum ho_status {
    HO_OK = 0,
    HO_RETRY,  // passing: the same call may succeed later (broker away, database restarting)
    HO_REJECT, // the input is at fault: the same bytes will fail again
    HO_FATAL,  // the service cannot go on: wrong configuration, a fence lost for good, a bug
};

#define HO_MUST_USE __attribute__((warn_unused_result))

struct ho_error {
    char text[480];
};

// Writes the words and returns `status`, so that a failing function ends in one line. So do the words: control
// characters become blanks.
// `error` may be NULL.
enum ho_status ho_fail(struct ho_error *error, enum ho_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts `prefix` (such as a file's name) before the words that are there, cutting at the end.
void ho_error_prefix(struct ho_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

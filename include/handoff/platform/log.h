// Logs: one line an outcome, logfmt on a terminal and JSON otherwise, on the error stream.
//
// Fields are written in the call: ho_log(HO_INFO, "batch committed", "partition=%d messages=%zu", p, n).
// The text after the message is a printf format of space-separated key=value pairs; a value with blanks is
// given as key="…". No personal data, no message bodies, no secrets: names of members never, their ids never.
#pragma once

enum ho_log_level { HO_DEBUG, HO_INFO, HO_WARN, HO_ERROR };

// The names of the levels, for an option's choices; ends with NULL.
extern const char *const ho_log_levels[];
enum ho_log_level ho_log_level_named(const char *name); // one of ho_log_levels

void ho_log_init(const char *service, enum ho_log_level least); // format by isatty(2) and HANDOFF_LOG_FORMAT
void ho_log(enum ho_log_level level, const char *message, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

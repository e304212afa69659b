// How far a long command has come, on the error stream: a bar that is written over where that is a terminal, else a
// line each ten seconds. One thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ho_progress {
    const char *what; // what is counted: "messages"
    bool terminal;
    bool shown; // a line stands on the terminal
    long long begun_ms, told_ms;
};

void ho_progress_begin(struct ho_progress *progress, const char *what);
// Cheap where it is too early to tell again. `all_bytes` 0: nobody knows how many will come.
void ho_progress_tell(struct ho_progress *progress, uint64_t n, uint64_t done_bytes, uint64_t all_bytes);
// What is done once all bytes are read, as it begins: on a terminal alone.
void ho_progress_step(struct ho_progress *progress, uint64_t n, const char *step);
// Takes the line off the terminal, before something else is printed and at the end.
void ho_progress_clear(struct ho_progress *progress);

// The files that were named: in the order of the command line, a folder as the files in it and below, by name.
#pragma once

#include "message_file.h"

struct ho_send_file {
    const char *path;
    size_t size_bytes;
    struct ho_message_file *kept; // standard input, which can be read only once; else NULL
};

struct ho_send_files {
    struct ho_send_file *items;
    size_t n, capacity;
    size_t size_bytes; // of all
};

// Looks at every file, so that nothing is sent where one is wrong: HO_FATAL where one cannot be read, or a folder holds
// none; HO_REJECT where there is no message in it, or its batches are not what they say and `force` is not set. Names
// that begin with a dot are passed over in folders, and so are links to folders. Paths live in the arena.
HO_MUST_USE enum ho_status ho_send_files_find(struct ho_arena *arena, char **paths, int n, bool force,
                                              struct ho_send_files *out, struct ho_error *error);
void ho_send_files_cleanup(struct ho_send_files *files);

// A file that appears whole or not at all: written beside its place, then renamed.
//
// Errors stick: the put functions do nothing after the first, and ho_sim_file_commit tells it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "handoff/error.h"

enum { HO_SIM_PATH_BYTES = 4096, HO_SIM_BUFFER_BYTES = 1 << 16 };

struct ho_sim_file {
    int fd;
    int failure; // an errno, 0 none
    uint64_t written_bytes;
    size_t held_bytes;
    char path[HO_SIM_PATH_BYTES], partial[HO_SIM_PATH_BYTES];
    char buffer[HO_SIM_BUFFER_BYTES];
};

// Makes the folder and those above it where they are missing.
HO_MUST_USE enum ho_status ho_sim_folder_make(const char *folder, struct ho_error *error);
// On success the caller ends with ho_sim_file_commit.
HO_MUST_USE enum ho_status ho_sim_file_open(struct ho_sim_file *file, const char *folder, const char *name,
                                            struct ho_error *error);
HO_MUST_USE enum ho_status ho_sim_file_commit(struct ho_sim_file *file, struct ho_error *error);

void ho_sim_put_char(struct ho_sim_file *file, char c);
void ho_sim_put(struct ho_sim_file *file, const char *text);
// In decimal, with leading zeros up to `width`.
void ho_sim_put_number(struct ho_sim_file *file, uint64_t number, int width);

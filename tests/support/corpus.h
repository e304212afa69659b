// The messages that tests read from beside the repository, where they are.
//
// Tests run with the repository's root as their working directory. What is absent is empty, and the caller
// skips by name. Everything lives in the arena.
#pragma once

#include "handoff/arena.h"

#define CONVERTER_FOLDER "../shared/corpora/adt-fhir-converter"
#define SIMHOSPITAL_FILE "../shared/corpora/adt-simhospital/messages.out"

struct corpus_file {
    char *name; // without the folder
    struct ho_bytes bytes;
};

struct corpus {
    struct corpus_file *files; // by name
    size_t n, capacity;
};

// Whole files of a folder that end so ("" takes all).
void corpus_read_folder(struct ho_arena *arena, const char *folder, const char *ending, struct corpus *out);
// The messages of a file in which each begins with MSH on a line of its own.
void corpus_read_messages(struct ho_arena *arena, const char *path, struct corpus *out);
// Bytes of a file; n == 0 where it is absent or empty.
struct ho_bytes corpus_read_file(struct ho_arena *arena, const char *path);

// Replays seeds through a fuzz target, as an ordinary test: FOLDER... Every seed is tried whole and cut at
// up to forty places. What is absent is named and passed over.
#include <stdio.h>

#include "../support/corpus.h"
#include "fuzz.h"

enum { MOST_CUTS = 40 };

static void try_exactly(struct ho_bytes seed, size_t n)
{
    uint8_t *exact = malloc(n + !n); // so that a read beyond the end is seen
    if (n)
        memcpy(exact, seed.p, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static void replay(struct ho_bytes seed)
{
    size_t step = seed.n / MOST_CUTS + 1;
    for (size_t n = 0; n < seed.n; n += step)
        try_exactly(seed, n);
    try_exactly(seed, seed.n);
}

static size_t replay_folder(struct ho_arena *arena, const char *folder)
{
    struct corpus files, messages;
    size_t n = 0;
    corpus_read_folder(arena, folder, "", &files);
    if (!files.n)
        printf("skipped: %s is not there\n", folder);
    for (size_t i = 0; i < files.n; i++) {
        corpus_read_messages(arena, ho_arena_printf(arena, "%s/%s", folder, files.files[i].name), &messages);
        for (size_t k = 0; k < messages.n; k++, n++)
            replay(messages.files[k].bytes);
        if (messages.n > 1)
            continue;
        replay(files.files[i].bytes);
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    struct ho_arena *arena = ho_arena_new(0);
    size_t n = 0;
    for (int i = 1; i < argc; i++)
        n += replay_folder(arena, argv[i]);
    printf("%zu seeds\n", n);
    ho_arena_free(arena);
    return n ? 0 : 1;
}

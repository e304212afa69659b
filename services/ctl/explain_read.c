// Messages out of files, in an order of their own.
#include "explain.h"
#include "message_file.h"

#include <stdlib.h>

const char *ho_explain_verdict_name(enum ho_explain_verdict verdict)
{
    static const char *const names[HO_EXPLAIN_VERDICTS] = {
        [HO_EXPLAIN_NON_MEMBER] = "non-member", [HO_EXPLAIN_HELD] = "held",       [HO_EXPLAIN_REVIEW] = "review",
        [HO_EXPLAIN_MATCHED] = "matched",       [HO_EXPLAIN_REFUSED] = "refused", [HO_EXPLAIN_TEST] = "test"};
    return names[verdict];
}

static const enum ho_explain_verdict first_verdicts[] = {
    [HO_ADT_EVENT] = HO_EXPLAIN_NON_MEMBER, [HO_ADT_TEST] = HO_EXPLAIN_TEST, [HO_ADT_REJECTED] = HO_EXPLAIN_REFUSED};

static void take_message(struct ho_arena *arena, struct ho_bytes message, const struct ho_feeds *feeds,
                         struct ho_explain_message *out)
{
    struct ho_adt adt;
    ho_adt_read(arena, ho_arena_copy(arena, message), feeds, &adt); // the file's bytes go
    out->verdict = first_verdicts[adt.verdict];
    out->reason = adt.verdict == HO_ADT_REJECTED ? adt.reason : "";
    out->place = adt.verdict == HO_ADT_REJECTED ? adt.place : "";
    out->feed = adt.feed;
    out->events = adt.events;
    out->n_events = adt.verdict == HO_ADT_EVENT ? adt.n_events : 0;
}

static enum ho_status read_file(struct ho_arena *arena, const char *path, const struct ho_feeds *feeds,
                                struct ho_explain_messages *out, struct ho_error *error)
{
    struct ho_message_file *file = NULL;
    struct ho_bytes bytes;
    size_t number = 0;
    enum ho_status status = ho_message_file_open(path, &file, error);
    if (status == HO_REJECT) {
        *(struct ho_explain_message *)ho_arena_push(arena, out, sizeof *out->items) =
            (struct ho_explain_message){.file = path,
                                        .verdict = HO_EXPLAIN_REFUSED,
                                        .reason = ho_arena_text(arena, ho_bytes_of(error->text)),
                                        .place = ""};
        return HO_OK;
    }
    while (status == HO_OK && ho_message_file_next(file, arena, &bytes)) {
        struct ho_explain_message message = {.file = path, .number = ++number};
        take_message(arena, bytes, feeds, &message);
        *(struct ho_explain_message *)ho_arena_push(arena, out, sizeof message) = message;
    }
    ho_message_file_free(file);
    return status;
}

static int by_place(const void *left, const void *right)
{
    const struct ho_explain_message *a = left, *b = right;
    int c = strcmp(a->file, b->file);
    return c ? c : (a->number > b->number) - (a->number < b->number);
}

enum ho_status ho_explain_read(struct ho_arena *arena, const char *const *paths, size_t n, const struct ho_feeds *feeds,
                               struct ho_explain_messages *out, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    *out = (struct ho_explain_messages){0};
    for (size_t i = 0; status == HO_OK && i < n; i++)
        status = read_file(arena, paths[i], feeds, out, error);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, by_place);
    return status;
}

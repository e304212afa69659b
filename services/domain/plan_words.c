// What people say by the outcome of a task of where the member is.
#include <string.h>

#include "handoff/digest.h"
#include "handoff/plan.h"

static bool is_listed(const char *const *outcomes, size_t n, const char *outcome)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(outcomes[i], outcome) == 0)
            return true;
    }
    return false;
}

static bool tells_home(const struct ho_protocol *protocol, const struct ho_work *work)
{
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        const struct ho_task_template *task = &protocol->tasks[i];
        if (strcmp(task->key, work->template_key) == 0)
            return is_listed(task->home_with, task->n_home_with, work->outcome);
    }
    return false;
}

static bool says_home(const struct ho_protocol *const *protocols, size_t n, const struct ho_work *work)
{
    bool home = false;
    for (size_t i = 0; work->status == HO_WORK_DONE && !home && i < n; i++)
        home = tells_home(protocols[i], work);
    return home;
}

// No event tells of it, so its id is made from that of the task.
static struct ho_change word_of(struct ho_arena *arena, const struct ho_work *work)
{
    uint8_t(*id)[HO_ID_BYTES] = ho_arena_array(arena, 1, sizeof *id);
    const struct ho_bytes parts[] = {ho_bytes_from(work->change, HO_ID_BYTES), ho_bytes_of(work->template_key),
                                     HO_BYTES_LITERAL("home")};
    ho_digest_id(parts, sizeof parts / sizeof *parts, *id);
    struct ho_change word = {.n_aliases = 1, .occurred = work->at, .recorded = work->at};
    memcpy(word.id, *id, HO_ID_BYTES);
    word.aliases = (const uint8_t(*)[HO_ID_BYTES])id;
    return word;
}

void ho_plan_words(struct ho_arena *arena, const struct ho_protocol *const *protocols, size_t n_protocols,
                   const struct ho_work *work, size_t n_work, struct ho_words *out)
{
    struct {
        struct ho_change *items;
        size_t n, capacity;
    } words = {0};
    for (size_t i = 0; i < n_work; i++) {
        if (says_home(protocols, n_protocols, &work[i]))
            *(struct ho_change *)ho_arena_push(arena, &words, sizeof *words.items) = word_of(arena, &work[i]);
    }
    *out = (struct ho_words){words.items, words.n};
}

void ho_plan_line(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_plan_input *input,
                  const struct ho_line_rules *rules, struct ho_line *out)
{
    struct ho_words words;
    ho_plan_words(arena, input->protocols, input->n_protocols, input->work, input->n_work, &words);
    ho_line_draw(arena, encounters, &words, rules, input->now, out);
}

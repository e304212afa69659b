#include "planner.h"

#include <stdio.h>

#include "handoff/digest.h"
#include "state.h"

enum { MEMBERS_AT_ONCE = 125 };

// ---- Notices: the difference between what is planned and what was said.

// A message's key comes from its number among the member's, never from what it is about: changes join and part, and
// a key that came twice would be taken for a repeat. What is wanted without a word about it takes a number too.
static void next_key(struct ho_member_state *state, uint8_t out[HO_ID_BYTES])
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)++state->messages);
    const struct ho_bytes parts[] = {ho_bytes_of(state->member->member_id), ho_bytes_of(number)};
    ho_digest_id(parts, 2, out);
}

static ho_notice notice_of(const struct ho_notice_row *row)
{
    ho_notice notice = HANDOFF__V1__NOTICE__INIT;
    notice.key.data = (uint8_t *)(uintptr_t)row->key;
    notice.key.len = HO_ID_BYTES;
    notice.name = (char *)(uintptr_t)row->name;
    return notice;
}

// Whom it is for, and what about.
static void address(ho_notice *notice, const struct ho_planned_notice *planned)
{
    const struct ho_reminder *reminder = planned->reminder;
    notice->title = (char *)(uintptr_t)(reminder ? reminder->title : planned->notice->title);
    notice->roles = (char **)(uintptr_t)(reminder ? reminder->roles : planned->notice->roles);
    notice->n_roles = reminder ? reminder->n_roles : planned->notice->n_roles;
}

static void say(struct ho_store *store, const struct ho_planner_member *member, const struct ho_notice_row *row,
                const struct ho_planned_notice *planned)
{
    const struct ho_transition *transition = planned->transition;
    const struct ho_zone *zone = planned->protocol->task_calendar->zone;
    ho_notice notice = notice_of(row);
    address(&notice, planned);
    notice.member_id = (char *)(uintptr_t)member->member_id;
    notice.task = (char *)(uintptr_t)row->task;
    notice.due = row->due;
    notice.from = (char *)(uintptr_t)ho_setting_name(transition->from);
    notice.to = (char *)(uintptr_t)ho_setting_name(transition->to);
    notice.occurred = transition->change.occurred;
    notice.facility = (char *)(uintptr_t)ho_transition_facility(transition);
    notice.part2 = transition->encounter->part2;
    notice.protocol = (char *)(uintptr_t)planned->protocol->name;
    notice.program = (char *)(uintptr_t)planned->protocol->program;
    notice.date = ho_zone_date(zone, transition->change.occurred);
    ho_store_message(store, member, &notice);
}

// What was said no longer holds: one correction, which names what it corrects.
static void take_back(struct ho_store *store, struct ho_member_state *state, const struct ho_notice_row *said)
{
    const struct ho_planner_member *member = state->member;
    struct ho_notice_row row = *said;
    row.wanted = false;
    next_key(state, row.key);
    ho_notice notice = notice_of(&row);
    notice.member_id = (char *)(uintptr_t)member->member_id;
    notice.correction = true;
    notice.corrects.data = (uint8_t *)(uintptr_t)said->key;
    notice.corrects.len = HO_ID_BYTES;
    ho_store_notice(store, member->member_id, &row);
    ho_store_message(store, member, &notice);
}

// Rather one that is wanted, for it was said; of equals the one that has the planned key, else the least.
static bool is_better(const struct ho_planned_notice *planned, const struct ho_notice_row *row,
                      const struct ho_notice_row *than)
{
    if (!than || row->wanted != than->wanted)
        return !than || row->wanted;
    return memcmp(than->plan_key, planned->key, HO_ID_BYTES) != 0 &&
           (memcmp(row->plan_key, planned->key, HO_ID_BYTES) == 0 ||
            memcmp(row->plan_key, than->plan_key, HO_ID_BYTES) < 0);
}

// The row of a planned notice, under whichever name of its change.
static const struct ho_notice_row *row_of(const struct ho_member_state *state, const struct ho_planned_notice *planned,
                                          const char *name)
{
    const struct ho_notice_row *best = NULL;
    for (size_t i = 0; i < planned->change.n_aliases; i++) {
        const struct ho_notice_row *row = ho_state_notice(state, planned->change.aliases[i], name);
        if (row && is_better(planned, row, best))
            best = row;
    }
    return best;
}

// What was said is said, and what was only stopped goes on, unless the notifier has put it aside: it may have known of
// an opt-out, or of work, that was taken back before this plan. A reminder whose task is due at another time is another
// one: what was said under the earlier key is wanted no more. What nobody was told, for it was over, goes on while it
// is.
static bool goes_on(const struct ho_notice_row *old, const struct ho_planned_notice *planned, int64_t now)
{
    bool same = planned->reminder ? old->due == planned->due : !old->due || ho_notice_is_over(planned, now);
    return same && (old->wanted || old->paused) && !old->put_aside;
}

static struct ho_notice_row row_for(struct ho_arena *arena, const struct ho_planned_notice *planned)
{
    return (struct ho_notice_row){
        .name = ho_notice_name(arena, planned),
        .task = planned->reminder ? planned->task->key : "",
        .due = planned->reminder ? planned->due : 0,
        .wanted = true,
        .occasions = ho_notice_occasions(planned),
    };
}

// Whether a later reminder of the same task has come too. Of several that come at once, as for a member who is planned
// late, only the last is said.
static bool is_overtaken(const struct ho_plan *plan, const struct ho_planned_notice *reminder)
{
    for (size_t i = 0; reminder->reminder && i < plan->n_notices; i++) {
        const struct ho_planned_notice *other = &plan->notices[i];
        if (other->reminder && other->task == reminder->task && other->transition == reminder->transition &&
            other->at > reminder->at)
            return true;
    }
    return false;
}

// People had the word that it no longer holds.
static bool was_taken_back(const struct ho_notice_row *row)
{
    return row && !row->wanted && !row->paused;
}

// What is long over and is called for only now, as by a newer protocol, is news to nobody; what was taken back is.
static bool is_to_be_said(const struct ho_member_state *state, const struct ho_plan *plan,
                          const struct ho_planned_notice *planned, const struct ho_notice_row *old, int64_t now)
{
    return !state->quiet && !is_overtaken(plan, planned) && (was_taken_back(old) || !ho_notice_is_over(planned, now));
}

static void plan_notice(struct ho_arena *arena, struct ho_store *store, struct ho_member_state *state,
                        const struct ho_plan_input *input, const struct ho_plan *plan,
                        const struct ho_planned_notice *planned, bool *kept, struct ho_planner_counts *counts)
{
    struct ho_notice_row row = row_for(arena, planned);
    const struct ho_notice_row *old = row_of(state, planned, row.name);
    memcpy(row.plan_key, planned->key, HO_ID_BYTES);
    memcpy(row.change, planned->change.id, HO_ID_BYTES);
    bool same_key = old && memcmp(old->plan_key, planned->key, HO_ID_BYTES) == 0;
    if (old)
        kept[old - state->notices] = true;
    if (old && !same_key)
        ho_store_notice_deletion(store, old->plan_key);
    if (old && goes_on(old, planned, input->now)) {
        memcpy(row.key, old->key, HO_ID_BYTES);
        row.due = old->due;
        if (!same_key || !old->wanted || row.occasions != old->occasions)
            ho_store_notice(store, state->member->member_id, &row);
        return;
    }
    bool said = is_to_be_said(state, plan, planned, old, input->now);
    if (!said && !planned->reminder && !state->quiet)
        row.due = planned->at;
    next_key(state, row.key);
    ho_store_notice(store, state->member->member_id, &row);
    if (!said)
        return;
    say(store, state->member, &row, planned);
    *(planned->reminder ? &counts->reminders : &counts->notices) += 1;
}

static bool is_silent(const struct ho_plan_input *input, const struct ho_notice_row *said)
{
    struct ho_absence absence = ho_notice_absence(input, said->change, said->name, said->occasions);
    return ho_absence_is_silent(&absence);
}

// A notice that is planned no more. Where what it tells still holds, and only the member is not served any more or no
// protocol tells of it, what is not sent yet is stopped, and nobody is told that it no longer holds: the team sees why
// on the tasks. So with a reminder, whatever made it needless, and with what nobody was told.
static void drop_notice(struct ho_store *store, struct ho_member_state *state, const struct ho_plan_input *input,
                        const struct ho_notice_row *said, struct ho_planner_counts *counts)
{
    if (state->quiet || said->due || is_silent(input, said)) {
        struct ho_notice_row row = *said;
        row.wanted = false;
        row.paused = true;
        ho_store_notice(store, state->member->member_id, &row);
    } else {
        take_back(store, state, said);
        counts->corrections++;
    }
}

static void plan_notices(struct ho_arena *arena, struct ho_store *store, struct ho_member_state *state,
                         const struct ho_plan_input *input, const struct ho_plan *plan,
                         struct ho_planner_counts *counts)
{
    bool *kept = ho_arena_array(arena, state->n_notices + 1, sizeof *kept);
    for (size_t i = 0; i < plan->n_notices; i++)
        plan_notice(arena, store, state, input, plan, &plan->notices[i], kept, counts);
    for (size_t i = 0; i < state->n_notices; i++)
        if (!kept[i] && state->notices[i].wanted)
            drop_notice(store, state, input, &state->notices[i], counts);
}

// ---- Tasks.

static bool has_moved(const struct ho_member_state *state, const uint8_t change[HO_ID_BYTES])
{
    for (size_t i = 0; i < state->n_moved; i++)
        if (memcmp(state->moved[i].id, change, HO_ID_BYTES) == 0)
            return true;
    return false;
}

static const char *withdrawal_reason(struct ho_arena *arena, const struct ho_member_state *state,
                                     const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                     const char *template_key)
{
    if (has_moved(state, change))
        return "What called for it was found to be about another person.";
    struct ho_absence absence = ho_task_absence(input, change, template_key);
    return ho_absence_reason(arena, &absence);
}

static void part_tasks(struct ho_arena *arena, struct ho_store *store, const struct ho_member_state *state,
                       const struct ho_plan_input *input, const struct ho_plan *plan, struct ho_planner_counts *counts)
{
    struct ho_task_partings partings;
    ho_plan_find_partings(arena, plan, state->tasks, state->n_tasks, state->work, state->n_work, &partings);
    for (size_t i = 0; i < partings.n; i++) {
        const struct ho_work *work = partings.items[i].work;
        uint8_t key[HO_ID_BYTES];
        ho_plan_key(input->member_id, work->change, work->template_key, key);
        ho_store_parting(store, key, work->change, partings.items[i].row->key,
                         withdrawal_reason(arena, state, input, work->change, work->template_key));
        counts->withdrawn++;
    }
}

static void plan_tasks(struct ho_arena *arena, struct ho_store *store, const struct ho_member_state *state,
                       const struct ho_plan_input *input, const struct ho_plan *plan, struct ho_planner_counts *counts)
{
    struct ho_task_difference difference;
    bool *is_new = ho_arena_array(arena, plan->n_tasks, sizeof *is_new);
    ho_plan_compare_tasks(arena, plan, state->tasks, state->n_tasks, &difference);
    for (size_t i = 0; i < difference.n; i++) {
        const struct ho_task_change *change = &difference.items[i];
        if (change->action == HO_TASK_CREATE || change->action == HO_TASK_REKEY)
            is_new[change->planned - plan->tasks] = true;
        bool moved = change->action == HO_TASK_REKEY || (change->action == HO_TASK_WITHDRAW && change->planned);
        if (moved) {
            ho_store_task_deletion(store, change->row->key); // its work is found under the planned task's aliases
        } else if (change->action == HO_TASK_WITHDRAW) {
            ho_store_withdrawal(store, change,
                                withdrawal_reason(arena, state, input, change->row->change, change->row->template_key));
            counts->withdrawn += change->row->want != HO_WITHDRAWN;
        } else {
            *(change->action == HO_TASK_CREATE ? &counts->created : &counts->changed) += 1;
        }
    }
    for (size_t i = 0; i < plan->n_tasks; i++)
        ho_store_task(store, state->member->member_id, &plan->tasks[i], !is_new[i]);
}

// ---- A member.

// What is there beyond what was; not by their ids, for an earlier event that comes late renames them.
static int64_t more(size_t now, size_t before)
{
    return now > before ? (int64_t)(now - before) : 0;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void plan_member(const struct ho_planner *planner, struct ho_arena *arena, struct ho_store *store,
                        struct ho_member_state *state, int64_t now, struct ho_planner_counts *counts)
{
    struct ho_encounters encounters;
    struct ho_line line;
    struct ho_plan plan;
    struct ho_measures measures;
    ho_encounters_fold(arena, state->events, state->n_events, &encounters);
    if (!state->shares_part2)
        ho_encounters_withhold(&encounters);
    const struct ho_plan_input input = {
        .member_id = state->member->member_id,
        .member = state->facts,
        .enrolments = state->enrolments,
        .n_enrolments = state->n_enrolments,
        .work = state->work,
        .n_work = state->n_work,
        .codes = planner->codes,
        .programs = planner->programs,
        .n_programs = planner->n_programs,
        .now = now,
        .line = &line,
        .protocols = planner->protocols,
        .n_protocols = planner->n_protocols,
        .today = ho_zone_date(planner->zone, now),
    };
    ho_plan_line(arena, &encounters, &input, &planner->rules, &line);
    ho_plan_make(arena, &input, &plan);
    ho_measures_take(arena, &input, &measures);
    counts->encounters += more(encounters.n, state->rows[HO_ENCOUNTER_ROWS].n);
    counts->transitions += more(line.n_transitions, state->rows[HO_TRANSITION_ROWS].n);
    ho_store_member(store, state->member->member_id);
    ho_store_line(store, state, &encounters, &line);
    part_tasks(arena, store, state, &input, &plan, counts);
    plan_tasks(arena, store, state, &input, &plan, counts);
    plan_notices(arena, store, state, &input, &plan, counts);
    ho_store_measures(store, state, &measures);
    ho_store_gone(store, state);
    ho_store_planned(store, state->member->member_id, state->messages,
                     earliest(line.wake_at, earliest(plan.wake_at, measures.wake_at)));
}

static struct ho_store *plan_members(const struct ho_planner *planner, struct ho_arena *arena,
                                     struct ho_member_state *states, size_t n, int64_t now, bool apart,
                                     struct ho_planner_counts *counts)
{
    struct ho_store *store = ho_store_new(arena, apart);
    for (size_t i = 0; i < n; i++) {
        states[i].quiet = planner->quiet;
        plan_member(planner, arena, store, &states[i], now, counts);
    }
    return store;
}

enum ho_status ho_planner_plan(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                               const struct ho_planner_member *members, size_t n, int64_t now,
                               struct ho_planner_counts *counts, struct ho_store **store, struct ho_error *error)
{
    struct ho_member_state *states = ho_arena_array(arena, n + 1, sizeof *states);
    enum ho_status status = ho_state_read(pg, arena, members, n, states, error);
    if (status == HO_OK)
        *store = plan_members(planner, arena, states, n, now, false, counts);
    return status;
}

// In parts, so that the server writes some members while the next are planned.
enum ho_status ho_planner_run(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                              const struct ho_planner_member *members, size_t n, int64_t now,
                              struct ho_planner_counts *counts, struct ho_error *error)
{
    struct ho_member_state *states = ho_arena_array(arena, n + 1, sizeof *states);
    enum ho_status status = ho_state_read(pg, arena, members, n, states, error);
    for (size_t i = 0; status == HO_OK && i < n; i += MEMBERS_AT_ONCE) {
        size_t part = n - i < MEMBERS_AT_ONCE ? n - i : MEMBERS_AT_ONCE;
        ho_store_write(plan_members(planner, arena, &states[i], part, now, true, counts), pg, !planner->quiet);
    }
    return status;
}

// Through the real database: whatever the order of the messages, their repeats, where the batches end, what crashes and
// which of two instances plans, the derived tables are what the pure outcome of the inputs says; and later, when the
// clock has woken whom it should, what it says then. Each notice is said once, and what holds no longer is corrected
// once.
#include "../support/unit.h"

#include <pthread.h>

#include "../property/random_inputs.h"
#include "apply.h"
#include "convergence_said.h"
#include "days.h"
#include "handoff/digest.h"
#include "roster/consent.h"
#include "servers.h"

enum {
    HISTORIES = 1000,
    MEMBERS = 50,
    EVENTS = 20,
    MOST_IN_BATCH = 30,
    INSTANCES = 2,
    MOST_ATTEMPTS = 100,
    STAGES = 4
};

struct records {
    struct ho_kafka_record *items;
    size_t n, capacity;
};

// A member with the inputs that the tables must come from in the end.
struct person {
    char id[32];
    struct inputs inputs;
    bool speaks; // about sharing what 42 CFR Part 2 programmes tell; else there is never a word
    bool ever_shared;
};

// An event that was taken for another's at first.
struct move {
    const struct person *from, *to;
    const ho_adt_event *event;
};

struct round {
    struct rulebook *book;
    struct ho_planner planner;
    struct ho_arena *arena;
    struct ho_pg *pg;
    struct random r;
    unsigned number;
    int64_t now, later;
    struct person people[MEMBERS];
    struct records stages[STAGES]; // people work between them; links have moved before the last
    struct {
        struct move *items;
        size_t n, capacity;
    } moves;
};

static int64_t planning_now; // of all instances; set while none is at work

static int64_t planning_clock(void)
{
    return planning_now;
}

static void must(enum ho_status status, const struct ho_error *error)
{
    if (status != HO_OK)
        fail_msg("%s", error->text);
}

// ---- People -----------------------------------------------------------------------------------------------

// No reader tells of an event without a time, or of one that no calendar has.
static void tell_possible_times(ho_adt_event *e)
{
    bool extreme = e->occurred == INT64_MAX || e->occurred == INT64_MIN;
    if (!e->recorded)
        e->recorded = extreme || !e->occurred ? HISTORY_START : e->occurred;
    if (!e->occurred || extreme)
        e->occurred = e->recorded;
}

static void invent_person(struct round *round, unsigned i)
{
    struct person *p = &round->people[i];
    snprintf(p->id, sizeof p->id, "M%u-%u", round->number, i);
    p->inputs = random_inputs(round->arena, &round->r, round->book, EVENTS);
    p->inputs.member_id = p->id;
    p->inputs.n_work = 0;
    p->speaks = p->inputs.shares_part2;
    p->inputs.shares_part2 = false;
    for (size_t k = 0; k < p->inputs.n_events; k++)
        tell_possible_times((ho_adt_event *)(uintptr_t)p->inputs.events[k]);
}

static struct ho_pg_array *texts(struct round *round, char *const *items, size_t n)
{
    struct ho_pg_array *array = ho_pg_array_new(round->arena, HO_PG_TEXT);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_text(array, items[i]);
    return array;
}

static void put_member(struct round *round, const struct person *p)
{
    static const ho_member nobody = HANDOFF__V1__MEMBER__INIT;
    const ho_member *m = p->inputs.member ? p->inputs.member : &nobody;
    struct ho_pg_params *params = ho_pg_params_new(round->arena);
    ho_pg_text(params, p->id);
    ho_pg_int(params, m->birth_date);
    ho_pg_text(params, m->phone);
    ho_pg_text(params, m->language);
    ho_pg_text(params, m->county);
    ho_pg_param_array(params, texts(round, m->conditions, m->n_conditions));
    ho_pg_param_array(params, texts(round, m->needs, m->n_needs));
    ho_pg_text(params, m->homeless);
    ho_pg_text(params, m->risk);
    ho_pg_int(params, m->pregnant_until);
    ho_pg_bool(params, !p->inputs.member);
    ho_pg_queue(
        round->pg,
        "with state as (insert into member_state (member_id) values ($1))"
        "  insert into member (member_id, birth_date, phone, language, county, conditions, needs, homeless, risk,"
        "    pregnant_until, deleted, seq, hash)"
        "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, '')",
        params, NULL);
}

static void put_enrolments(struct round *round, const struct person *p)
{
    for (size_t i = 0; i < p->inputs.n_enrolments; i++) {
        const ho_enrolment *e = p->inputs.enrolments[i];
        struct ho_pg_params *params = ho_pg_params_new(round->arena);
        ho_pg_text(params, p->id);
        ho_pg_text(params, e->program);
        ho_pg_int(params, e->enrolled_from);
        ho_pg_int(params, e->enrolled_to);
        ho_pg_int(params, e->opted_out_on);
        ho_pg_queue(round->pg,
                    "insert into enrolment (member_id, program, enrolled_from, enrolled_to, opted_out_on)"
                    "  values ($1, $2, $3, $4, $5)",
                    params, NULL);
    }
}

// ---- What members share -----------------------------------------------------------------------------------

// Of those who speak some say yes, some take it back, some say yes again.
static void give_words(struct round *round)
{
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct person *p = &round->people[i];
        struct ho_error error;
        struct ho_share share = {.member_id = p->id, .what = "part2", .reason = "test", .by = "test"};
        if (!p->speaks || !random_chance(&round->r, 40))
            continue;
        share.agreed = random_chance(&round->r, 60);
        must(ho_share_record(round->pg, &share, &error), &error);
        p->inputs.shares_part2 = share.agreed;
        p->ever_shared |= share.agreed;
    }
}

// Where a programme is named: in what stands or was said about the members ($1).
static const char *const NAMED =
    "select (select count(*) from encounter where member_id = any ($1) and facility = '" PART2_PROGRAMME "')"
    "  + (select count(*) from transition where member_id = any ($1) and facility = '" PART2_PROGRAMME "')"
    "  + (select count(*) from task_plan where member_id = any ($1) and reason like '%" PART2_PROGRAMME "%')"
    "  + (select count(*) from outbox where convert_from(key, 'UTF8') = any ($1)"
    "    and position('" PART2_PROGRAMME "'::bytea in payload) > 0)";

static int64_t count_named(struct round *round, bool shared)
{
    struct ho_error error;
    struct ho_pg_result *row = NULL;
    struct ho_pg_array *ids = ho_pg_array_new(round->arena, HO_PG_TEXT);
    struct ho_pg_params *params = ho_pg_params_new(round->arena);
    for (unsigned i = 0; i < MEMBERS; i++) {
        if (round->people[i].ever_shared == shared)
            ho_pg_push_text(ids, round->people[i].id);
    }
    ho_pg_param_array(params, ids);
    must(ho_pg_run(round->pg, NAMED, params, &row, &error), &error);
    int64_t n = ho_pg_get_int(row, 0, 0);
    ho_pg_result_free(row);
    return n;
}

// ---- Messages ---------------------------------------------------------------------------------------------

static void put_record(struct round *round, struct records *out, const char *member_id, const ho_adt_event *event,
                       unsigned link)
{
    ho_matched_event matched = HANDOFF__V1__MATCHED_EVENT__INIT;
    matched.event = (ho_adt_event *)(uintptr_t)event;
    matched.member_id = history_text(member_id);
    matched.link = link;
    struct ho_kafka_record *record = ho_arena_push(round->arena, out, sizeof *record);
    record->value = ho_message_pack(round->arena, &matched.base);
}

static void put_link(struct round *round, const char *member_id, const ho_adt_event *event)
{
    struct ho_pg_params *params = ho_pg_params_new(round->arena);
    ho_pg_bytea(params, ho_bytes_from(event->id.data, event->id.len));
    ho_pg_int(params, event->subject);
    ho_pg_text(params, member_id);
    ho_pg_queue(
        round->pg,
        "insert into event_link (event_id, subject, member_id, decision, why) values ($1, $2, $3, 'test', '{}')",
        params, NULL);
}

static void tell_event(struct round *round, const struct person *p, const ho_adt_event *event)
{
    const struct person *first = random_chance(&round->r, 5) ? &round->people[random_below(&round->r, MEMBERS)] : p;
    bool moves = first != p;
    unsigned stage = random_below(&round->r, moves ? STAGES - 1 : STAGES);
    put_link(round, first->id, event);
    put_record(round, &round->stages[stage], first->id, event, 1);
    if (!moves)
        return;
    put_record(round, &round->stages[STAGES - 1], p->id, event, 2);
    struct move *move = ho_arena_push(round->arena, &round->moves, sizeof *move);
    *move = (struct move){first, p, event};
}

static void move_links(struct round *round)
{
    for (size_t i = 0; i < round->moves.n; i++) {
        const struct move *move = &round->moves.items[i];
        struct ho_pg_params *params = ho_pg_params_new(round->arena);
        ho_pg_bytea(params, ho_bytes_from(move->event->id.data, move->event->id.len));
        ho_pg_int(params, move->event->subject);
        ho_pg_text(params, move->from->id);
        ho_pg_text(params, move->to->id);
        ho_pg_queue(round->pg,
                    "with moved as (insert into replan (member_id, reason) values ($3, 'test'))"
                    "  update event_link set member_id = $4, version = 2 where event_id = $1 and subject = $2",
                    params, NULL);
    }
}

// Some come once more, much later.
static void repeat_some(struct round *round)
{
    struct records *last = &round->stages[STAGES - 1];
    for (const struct records *stage = round->stages; stage < last; stage++) {
        for (size_t i = 0; i < stage->n; i++) {
            if (random_chance(&round->r, 10))
                *(struct ho_kafka_record *)ho_arena_push(round->arena, last, sizeof *last->items) = stage->items[i];
        }
    }
}

static void shuffle(struct random *r, struct records *records)
{
    for (size_t i = records->n; i > 1; i--) {
        size_t k = random_below(r, (unsigned)i);
        struct ho_kafka_record record = records->items[i - 1];
        records->items[i - 1] = records->items[k];
        records->items[k] = record;
    }
}

// ---- Instances --------------------------------------------------------------------------------------------

struct instance {
    struct round *round;
    struct records records; // its share
    int number;
    struct random r;
    struct ho_pg *pg;
    struct ho_error error; // that ended it
    enum ho_status status;
};

enum crash { NO_CRASH, BEFORE_COMMIT, LOST_CONNECTION, AFTER_COMMIT };

static enum crash random_crash(struct random *r)
{
    return random_chance(r, 70) ? NO_CRASH : (enum crash)(1 + random_below(r, 3));
}

// HO_OK where the batch is done; HO_RETRY where it has to come again, whatever of it was committed.
static enum ho_status attempt(struct instance *in, const struct ho_batch *batch, enum crash crash)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_planner_counts counts = {0};
    enum ho_status status = ho_pg_connect(in->pg, &in->error);
    if (status == HO_OK)
        status = ho_pg_begin(in->pg, &in->error);
    if (status == HO_OK)
        status = ho_apply_batch(&in->round->planner, in->pg, arena, batch, &counts, &in->error);
    if (status == HO_OK && crash == LOST_CONNECTION)
        ho_pg_drop(in->pg);
    else if (status == HO_OK && crash != BEFORE_COMMIT)
        status = ho_pg_commit(in->pg, &in->error);
    if (status != HO_OK || crash == BEFORE_COMMIT)
        ho_pg_rollback(in->pg);
    ho_arena_free(arena);
    return status == HO_OK && crash != NO_CRASH ? HO_RETRY : status;
}

static enum ho_status handle(struct instance *in, const struct ho_batch *batch)
{
    enum ho_status status = HO_RETRY;
    for (int i = 0; status == HO_RETRY && i < MOST_ATTEMPTS; i++)
        status = attempt(in, batch, random_crash(&in->r));
    return status;
}

// Both find work beside the messages.
static enum ho_status find_work(struct instance *in, size_t *taken)
{
    struct ho_planner_counts counts = {0};
    size_t woken = 0;
    *taken = 0;
    enum ho_status status = ho_pg_connect(in->pg, &in->error);
    if (status == HO_OK)
        status = ho_replan_some(&in->round->planner, in->pg, taken, &counts, &in->error);
    if (status == HO_OK)
        status = ho_wake_some(&in->round->planner, in->pg, &woken, &counts, &in->error);
    *taken += woken;
    return status;
}

static void *run_instance(void *context)
{
    struct instance *in = context;
    for (size_t i = 0; in->status == HO_OK && i < in->records.n;) {
        size_t n = 1 + random_below(&in->r, MOST_IN_BATCH), taken = 0;
        if (n > in->records.n - i)
            n = in->records.n - i;
        const struct ho_batch batch = {.partition = in->number, .records = &in->records.items[i], .n_records = n};
        in->status = handle(in, &batch);
        if (in->status == HO_OK && random_chance(&in->r, 20))
            in->status = find_work(in, &taken);
        i += n;
    }
    return NULL;
}

// The records in any order, in any batches, by two instances at once.
static void apply(struct round *round, struct records *records)
{
    struct instance instances[INSTANCES] = {0};
    pthread_t threads[INSTANCES];
    shuffle(&round->r, records);
    size_t share = (records->n + INSTANCES - 1) / INSTANCES;
    for (int i = 0; i < INSTANCES; i++) {
        struct instance *in = &instances[i];
        size_t from = (size_t)i * share, n = from < records->n ? records->n - from : 0;
        *in = (struct instance){.round = round, .number = i, .r = {random_next(&round->r)}};
        in->records = (struct records){.items = &records->items[from], .n = n < share ? n : share};
        in->pg = ho_test_connect("convergence");
        assert_int_equal(pthread_create(&threads[i], NULL, run_instance, in), 0);
    }
    for (int i = 0; i < INSTANCES; i++) {
        pthread_join(threads[i], NULL);
        ho_pg_free(instances[i].pg);
        must(instances[i].status, &instances[i].error);
    }
}

// Replans what is asked for and wakes whose time has come, until there is nothing left.
static void settle(struct round *round, int64_t now)
{
    struct instance in = {.round = round, .pg = round->pg};
    planning_now = now;
    for (size_t taken = 1; taken;)
        must(find_work(&in, &taken), &in.error);
}

// ---- What people do ---------------------------------------------------------------------------------------

// On some of the tasks that stand, under some name of theirs.
static const char *const WORK =
    "insert into task_work (member_id, change, template, status, outcome, occurred, updated_at, updated_by)"
    "  select member_id, aliases[1 + get_byte(key, 1) % cardinality(aliases)], template,"
    "    case when get_byte(key, 2) < 128 then 'done' else 'claimed' end,"
    "    case when get_byte(key, 2) < 128 then outcomes[1] else '' end, occurred,"
    "    occurred + get_byte(key, 3) * interval '1 hour', 'test'"
    "  from task_plan where want <> 'withdrawn' and get_byte(key, 0) < 64 and split_part(member_id, '-', 1) = $1"
    "  on conflict do nothing";
static const char *const REPLAN =
    "insert into replan (member_id, reason) select distinct member_id, 'test' from task_work"
    "  where split_part(member_id, '-', 1) = $1";
static const char *const WORK_OF =
    "select change, template, status, outcome, updated_at from task_work where member_id = $1 order by 1, 2";
// Work that is not seen in exactly one place.
static const char *const MISPLACED =
    "select count(*) from task_work w where 1 <> (select count(*) from task_plan p where p.member_id = w.member_id"
    "  and p.template = w.template and w.change = any (p.aliases))";

static struct ho_pg_params *one_text(struct round *round, const char *text)
{
    struct ho_pg_params *params = ho_pg_params_new(round->arena);
    ho_pg_text(params, text);
    return params;
}

static void flush(struct round *round)
{
    struct ho_error error;
    must(ho_pg_flush(round->pg, &error), &error);
}

static void work(struct round *round)
{
    const struct ho_pg_params *members = one_text(round, ho_arena_printf(round->arena, "M%u", round->number));
    ho_pg_queue(round->pg, WORK, members, NULL);
    ho_pg_queue(round->pg, REPLAN, members, NULL);
    flush(round);
}

static void read_work(struct round *round, struct person *p)
{
    struct ho_error error;
    struct ho_pg_result *rows = NULL;
    must(ho_pg_run(round->pg, WORK_OF, one_text(round, p->id), &rows, &error), &error);
    p->inputs.n_work = (size_t)ho_pg_rows(rows);
    struct ho_work *items = ho_arena_array(round->arena, p->inputs.n_work, sizeof *items);
    p->inputs.work = items;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        memcpy(items[i].change, ho_pg_get_bytes(rows, i, 0).p, HO_ID_BYTES);
        items[i].template_key = ho_arena_text(round->arena, ho_pg_get_bytes(rows, i, 1));
        items[i].status = strcmp(ho_pg_get_text(rows, i, 2), "done") == 0 ? HO_WORK_DONE : HO_WORK_CLAIMED;
        items[i].outcome = ho_arena_text(round->arena, ho_pg_get_bytes(rows, i, 3));
        items[i].at = ho_pg_get_time(rows, i, 4);
    }
    ho_pg_result_free(rows);
}

// ---- What the tables say ----------------------------------------------------------------------------------

// Microseconds, 0 for none; and hexadecimal.
static const char FUNCTIONS[] =
    "create function us(t timestamptz) returns bigint language sql as"
    "  $$ select coalesce((extract(epoch from t) * 1000000)::bigint, 0) $$;"
    "create function hex(b bytea) returns text language sql as $$ select coalesce(encode(b, 'hex'), '') $$";

// A row a line, as `expected` writes it.
static const char *const TABLES =
    "select line from ("
    "  select concat_ws('|', 'encounter', hex(encounter_id), facility, visit, setting, state, us(started), us(ended),"
    "      disposition, hex(episode_id), planned, on_leave, us(last_heard), withheld) as line"
    "    from encounter where member_id = $1"
    "  union all select concat_ws('|', 'episode', hex(episode_id), us(started), us(ended))"
    "    from episode where member_id = $1"
    "  union all select concat_ws('|', 'transition', hex(transition_id), hex(episode_id), hex(encounter_id),"
    "      from_setting, to_setting, us(occurred), facility, disposition, withheld, kind, array_to_string(flags, ' '))"
    "    from transition where member_id = $1"
    "  union all select concat_ws('|', 'task', hex(key), hex(change),"
    "      (select string_agg(hex(a), '' order by n) from unnest(aliases) with ordinality u (a, n)),"
    "      template, want, us(due), us(occurred), reason, protocol)"
    "    from task_plan where member_id = $1 and want <> 'withdrawn'"
    "  union all select concat_ws('|', 'notice', hex(plan_key), hex(change), name, task,"
    "      case when task <> '' then us(due) else 0 end)"
    "    from notice_plan where member_id = $1 and wanted"
    "  union all select concat_ws('|', 'measure', measure, hex(transition_id), date, state, last_day, reason)"
    "    from measure where member_id = $1"
    "  union all select concat_ws('|', 'wake', us(wake_at)) from member_state where member_id = $1"
    ") rows order by line collate \"C\"";

struct lines {
    const char **items;
    size_t n, capacity;
};

__attribute__((format(printf, 3, 4))) static void add(struct ho_arena *arena, struct lines *lines, const char *format,
                                                      ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    assert_true(vasprintf(&text, format, arguments) >= 0);
    va_end(arguments);
    *(const char **)ho_arena_push(arena, lines, sizeof(char *)) = ho_arena_text(arena, ho_bytes_of(text));
    free(text);
}

static const char *hex(struct ho_arena *arena, const uint8_t *bytes, size_t n)
{
    char *text = ho_arena_alloc(arena, 2 * n + 1);
    ho_hex(bytes, n, text);
    return text;
}

static const char *id_text(struct ho_arena *arena, const uint8_t id[HO_ID_BYTES])
{
    return hex(arena, id, HO_ID_BYTES);
}

static long long us(int64_t instant)
{
    return (long long)instant;
}

static const char *episode_of(struct ho_arena *arena, const struct ho_line *line, const struct ho_encounter *e)
{
    for (size_t i = 0; i < line->n_episodes; i++) {
        const struct ho_episode *episode = &line->episodes[i];
        for (size_t k = 0; k < episode->n_encounters; k++) {
            if (line->encounters[episode->first_encounter + k] == e)
                return id_text(arena, episode->id);
        }
    }
    return "";
}

static void expect_encounters(struct ho_arena *arena, const struct outcome *o, struct lines *out)
{
    static const char *const states[] = {"open", "ended", "void", "aside"};
    for (size_t i = 0; i < o->encounters.n; i++) {
        const struct ho_encounter *e = &o->encounters.items[i];
        const struct ho_phase *first = e->n_phases ? e->phases : NULL, *last = first ? first + e->n_phases - 1 : NULL;
        add(arena, out, "encounter|%s|%s|%s|%s|%s|%lld|%lld|%s|%s|%s|%s|%lld|%s", id_text(arena, e->id), e->facility,
            e->visit, last ? ho_setting_name(last->setting) : "", states[e->state],
            us(first ? first->change.occurred : 0), us(e->state == HO_ENCOUNTER_ENDED ? e->end.occurred : 0),
            e->disposition, episode_of(arena, &o->line, e), e->planned ? "t" : "f", e->on_leave ? "t" : "f",
            us(e->last_heard), e->withheld ? "t" : "f");
    }
}

static const char *flag_words(struct ho_arena *arena, uint32_t flags)
{
    const char *words = "";
    for (int i = 0; i < HO_FLAGS; i++) {
        if (flags & 1U << i)
            words = ho_arena_printf(arena, "%s%s%s", words, *words ? " " : "", ho_flag_name((enum ho_flag)(1 << i)));
    }
    return words;
}

static void expect_line(struct ho_arena *arena, const struct outcome *o, struct lines *out)
{
    static const char *const kinds[] = {"change-of-setting", "discharge-announced", "silence"};
    for (size_t i = 0; i < o->line.n_episodes; i++) {
        const struct ho_episode *e = &o->line.episodes[i];
        add(arena, out, "episode|%s|%lld|%lld", id_text(arena, e->id), us(e->started), us(e->ended));
    }
    for (size_t i = 0; i < o->line.n_transitions; i++) {
        const struct ho_transition *t = &o->line.transitions[i];
        add(arena, out, "transition|%s|%s|%s|%s|%s|%lld|%s|%s|%s|%s|%s", id_text(arena, t->change.id),
            id_text(arena, o->line.episodes[t->episode].id), id_text(arena, t->encounter->id), ho_setting_name(t->from),
            ho_setting_name(t->to), us(t->change.occurred), t->encounter->facility,
            ho_transition_is_leaving(t) ? t->encounter->disposition : "", t->encounter->withheld ? "t" : "f",
            kinds[t->kind], flag_words(arena, t->flags));
    }
}

static void expect_plan(struct ho_arena *arena, const struct outcome *o, struct lines *out)
{
    for (size_t i = 0; i < o->plan.n_tasks; i++) {
        const struct ho_planned_task *t = &o->plan.tasks[i];
        bool wanted = t->want == HO_WANTED, tells_why = wanted && t->task->why[0];
        add(arena, out, "task|%s|%s|%s|%s|%s|%lld|%lld|%s%s%s|%s", id_text(arena, t->key), id_text(arena, t->change.id),
            hex(arena, (const uint8_t *)t->change.aliases, t->change.n_aliases * HO_ID_BYTES), t->task->key,
            wanted ? "wanted" : "superseded", us(t->due), us(t->change.occurred), t->reason, tells_why ? " " : "",
            tells_why ? t->task->why : "", t->protocol->name);
    }
    for (size_t i = 0; i < o->plan.n_notices; i++) {
        const struct ho_planned_notice *n = &o->plan.notices[i];
        add(arena, out, "notice|%s|%s|%s|%s|%lld", id_text(arena, n->key), id_text(arena, n->change.id),
            ho_notice_name(arena, n), n->reminder ? n->task->key : "", us(n->reminder ? n->due : 0));
    }
}

static void expect_measures(struct ho_arena *arena, const struct outcome *o, struct lines *out)
{
    for (size_t i = 0; i < o->measures.n; i++) {
        const struct ho_measure_row *m = &o->measures.items[i];
        add(arena, out, "measure|%s|%s|%u|%s|%u|%s", ho_measure_name(m->measure),
            id_text(arena, m->transition->change.id), m->date, ho_measure_state_name(m->state), m->last_day, m->reason);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

// What the tables should say of the person.
static struct lines expected(struct ho_arena *arena, const struct outcome *o)
{
    struct lines lines = {0};
    int64_t wake = earlier(o->line.wake_at, earlier(o->plan.wake_at, o->measures.wake_at));
    expect_encounters(arena, o, &lines);
    expect_line(arena, o, &lines);
    expect_plan(arena, o, &lines);
    expect_measures(arena, o, &lines);
    add(arena, &lines, "wake|%lld", us(wake == INT64_MAX ? 0 : wake));
    qsort(lines.items, lines.n, sizeof *lines.items, by_text);
    return lines;
}

static void show_difference(const struct person *p, const struct lines *pure, const struct ho_pg_result *rows)
{
    size_t i = 0;
    int k = 0;
    describe_inputs(stderr, &p->inputs);
    while (i < pure->n || k < ho_pg_rows(rows)) {
        int c = i == pure->n ? 1 : k == ho_pg_rows(rows) ? -1 : strcmp(pure->items[i], ho_pg_get_text(rows, k, 0));
        if (c < 0)
            fprintf(stderr, "should be:  %s\n", pure->items[i]);
        if (c > 0)
            fprintf(stderr, "is besides: %s\n", ho_pg_get_text(rows, k, 0));
        i += c <= 0;
        k += c >= 0;
    }
}

static void expect_said(struct round *round, const struct person *p, const struct outcome *o)
{
    struct ho_error error;
    struct said said;
    must(said_read(round->pg, round->arena, p->id, &said, &error), &error);
    const char *fault = said_fault(&said);
    fault = fault ? fault : said_plan_fault(&said, &o->plan, o->input.now);
    said_cleanup(&said);
    if (!fault)
        return;
    describe_inputs(stderr, &p->inputs);
    fail_msg("%s: %s", p->id, fault);
}

static void expect_tables(struct round *round, struct person *p, int64_t now)
{
    struct ho_error error;
    struct ho_pg_result *rows = NULL;
    read_work(round, p);
    p->inputs.now = now;
    const struct outcome *o = outcome_of(round->book, round->arena, &p->inputs);
    struct lines pure = expected(round->arena, o);
    must(ho_pg_run(round->pg, TABLES, one_text(round, p->id), &rows, &error), &error);
    bool same = (size_t)ho_pg_rows(rows) == pure.n;
    for (size_t i = 0; same && i < pure.n; i++)
        same = strcmp(pure.items[i], ho_pg_get_text(rows, (int)i, 0)) == 0;
    if (!same)
        show_difference(p, &pure, rows);
    ho_pg_result_free(rows);
    if (!same)
        fail_msg("the tables of %s are not what its inputs say", p->id);
    expect_said(round, p, o);
}

// ---- A round ----------------------------------------------------------------------------------------------

static void expect_all(struct round *round, int64_t now)
{
    for (unsigned i = 0; i < MEMBERS; i++)
        expect_tables(round, &round->people[i], now);
    assert_int_equal(ho_test_number(round->pg, MISPLACED), 0);
    assert_int_equal(count_named(round, false), 0);
}

static void set_up_round(struct round *round)
{
    for (unsigned i = 0; i < MEMBERS; i++)
        invent_person(round, i);
    for (unsigned i = 0; i < MEMBERS; i++) {
        const struct person *p = &round->people[i];
        put_member(round, p);
        put_enrolments(round, p);
        for (size_t k = 0; k < p->inputs.n_events; k++)
            tell_event(round, p, p->inputs.events[k]);
    }
    flush(round);
    give_words(round);
    repeat_some(round);
}

static int64_t day(struct random *r, int64_t from, unsigned most)
{
    return from + (int64_t)random_below(r, 24 * most) * HO_US_PER_HOUR;
}

static void begin_day(struct round *round, int64_t now)
{
    struct ho_error error;
    int64_t replanned;
    must(ho_days_follow(round->pg, ho_zone_date(round->book->zone, now), &replanned, &error), &error);
}

static void run_round(struct round *round)
{
    round->now = day(&round->r, HISTORY_START, 60);
    round->later = day(&round->r, round->now, 120);
    planning_now = round->now;
    ho_test_sql(round->pg, "update enrolment_day set day = 0; update member_state set wake_at = null");
    begin_day(round, round->now);
    set_up_round(round);
    for (unsigned stage = 0; stage < STAGES - 1; stage++) {
        apply(round, &round->stages[stage]);
        work(round);
        give_words(round);
    }
    move_links(round);
    flush(round);
    apply(round, &round->stages[STAGES - 1]);
    settle(round, round->now);
    expect_all(round, round->now);
    give_words(round);
    begin_day(round, round->later);
    settle(round, round->later);
    expect_all(round, round->later);
}

// The crashes are the clients'; the server need not wait for its disk.
static const char AT_ONCE[] = "do $$ begin execute format('alter database %I set synchronous_commit = off',"
                              " current_database()); end $$";

static struct ho_planner planner_by(const struct rulebook *book)
{
    struct ho_planner planner = {.codes = ho_code_set_codes(book->codes), .zone = book->zone, .rules = book->rules};
    planner.protocols = ho_protocol_set_items(book->protocols, &planner.n_protocols);
    planner.programs = ho_program_set_items(book->programs, &planner.n_programs);
    planner.clock = planning_clock;
    return planner;
}

static void the_tables_are_what_the_events_say(void **state)
{
    (void)state;
    struct rulebook book;
    uint64_t seed = random_run_seed();
    unsigned rounds = (random_run_histories(HISTORIES) + MEMBERS - 1) / MEMBERS;
    int64_t named = 0;
    rulebook_load(&book);
    struct ho_pg *pg = ho_test_connect("convergence");
    ho_test_sql(pg, AT_ONCE);
    ho_test_sql(pg, FUNCTIONS);
    for (unsigned i = 0; i < rounds; i++) {
        struct round round = {.book = &book, .planner = planner_by(&book), .pg = pg, .r = {seed + i}, .number = i};
        round.arena = ho_arena_new(1 << 20);
        run_round(&round);
        named += count_named(&round, true);
        ho_arena_free(round.arena);
    }
    assert_true(named > 0);
    ho_pg_free(pg);
    rulebook_free(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_tables_are_what_the_events_say)};
    ho_test_database(true);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ho_test_database_drop();
    return failed;
}

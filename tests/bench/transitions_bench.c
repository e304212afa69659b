// Members with events, for the benches of what works them out. Usage: handoff-bench-transitions COMMAND FIRST MEMBERS
//
//   fill     rows of the roster and links for the members' events, which come with `apply`
//   keep     the same, and the events as if they had come: what a rebuild starts from
//   apply    one event of each member, in batches, as the transitions service applies them; prints "SECONDS"
//   read     the kept events in batches, and nothing done with them; prints "SECONDS EVENTS"
//
// The database is HANDOFF_DATABASE_URL, the protocols' folder HANDOFF_PROTOCOLS_DIR. Members are B and a number from
// FIRST on. A member's events: to the ED, home, to hospital, home.
#include <stdio.h>
#include <stdlib.h>

#include "apply.h"
#include "files.h"
#include "handoff/digest.h"
#include "handoff/platform/loop.h"

enum { BATCH = 500, EVENTS = 4, ID_TEXT = 32 };

static const struct {
    const char *trigger;
    enum ho_patient_class patient_class;
    int hours; // since the first
} STORY[EVENTS] = {{"A04", HO_CLASS_EMERGENCY, 0},
                   {"A03", HO_CLASS_EMERGENCY, 5},
                   {"A01", HO_CLASS_INPATIENT, 400},
                   {"A03", HO_CLASS_INPATIENT, 470}};

struct bench {
    struct ho_pg *pg;
    struct ho_arena *arena;
    int64_t first, members, now;
};

static const char *member_of(struct ho_arena *arena, int64_t number)
{
    return ho_arena_printf(arena, "B%08lld", (long long)number);
}

static void id_of(int64_t number, int which, uint8_t out[HO_ID_BYTES])
{
    struct ho_bytes parts[] = {ho_bytes_from(&number, sizeof number), ho_bytes_from(&which, sizeof which)};
    ho_digest_id(parts, 2, out);
}

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

// As long as a real one: with a person, identifiers, a place and a diagnosis. Spread over a year before now.
static ho_adt_event *event_of(const struct bench *b, int64_t number, int which)
{
    struct ho_arena *arena = b->arena;
    ho_adt_event *event = ho_arena_alloc(arena, sizeof *event);
    ho_person *person = ho_arena_alloc(arena, sizeof *person);
    Handoff__V1__Location *place = ho_arena_alloc(arena, sizeof *place);
    ho_diagnosis *diagnosis = ho_arena_alloc(arena, sizeof *diagnosis);
    int64_t begun = b->now - (number % 340 + 21) * 24 * HO_US_PER_HOUR;
    handoff__v1__adt_event__init(event);
    handoff__v1__person__init(person);
    handoff__v1__location__init(place);
    handoff__v1__diagnosis__init(diagnosis);
    event->id.data = ho_arena_alloc(arena, HO_ID_BYTES);
    event->id.len = HO_ID_BYTES;
    id_of(number, which, event->id.data);
    event->feed = text("invented-hospital");
    event->trigger = text(STORY[which].trigger);
    event->facility = text("Invented Hospital");
    event->occurred = event->recorded = begun + STORY[which].hours * HO_US_PER_HOUR;
    event->mrn = text(member_of(arena, number));
    event->visit = text(ho_arena_printf(arena, "V%lld-%d", (long long)number, which / 2));
    event->patient_class = (Handoff__V1__PatientClass)STORY[which].patient_class;
    event->destination = which % 2 ? HANDOFF__V1__DESTINATION__DESTINATION_HOME : 0;
    event->disposition = text(which % 2 ? "01" : "");
    event->attending = text("Invented, Doctor");
    *person = (ho_person){.base = person->base,
                          .surname = text("Invented"),
                          .given = text(event->mrn),
                          .middle = text(""),
                          .suffix = text(""),
                          .birth_date = 19600101,
                          .sex = text("F"),
                          .phone = text("7145550100"),
                          .address = text("100 Invented Street"),
                          .city = text("Anaheim"),
                          .state = text("CA"),
                          .zip = text("92801"),
                          .language = text("en")};
    place->point_of_care = text("3 North");
    place->room = text("301");
    diagnosis->code = text("I50.9");
    diagnosis->type = text("F");
    event->person = person;
    event->location = place;
    event->diagnoses = ho_arena_array(arena, 1, sizeof(void *));
    event->diagnoses[0] = diagnosis;
    event->n_diagnoses = 1;
    return event;
}

// ---- Filling, by COPY.

static enum ho_status put(struct bench *b, const char *line, struct ho_error *error)
{
    return ho_pg_copy_put(b->pg, ho_bytes_of(line), error);
}

static const char *hex(struct ho_arena *arena, struct ho_bytes bytes)
{
    char *out = ho_arena_alloc(arena, 2 * bytes.n + 1);
    ho_hex(bytes.p, bytes.n, out);
    return out;
}

typedef enum ho_status row_of(struct bench *b, int64_t number, struct ho_error *error);

static enum ho_status link_rows(struct bench *b, int64_t number, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (int i = 0; status == HO_OK && i < EVENTS; i++) {
        uint8_t id[HO_ID_BYTES];
        id_of(number, i, id);
        status = put(b,
                     ho_arena_printf(b->arena, "\\\\x%s\t0\t%s\texact-identifier\t{}\n",
                                     hex(b->arena, ho_bytes_from(id, sizeof id)), member_of(b->arena, number)),
                     error);
    }
    return status;
}

static enum ho_status event_rows(struct bench *b, int64_t number, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (int i = 0; status == HO_OK && i < EVENTS; i++) {
        char at[HO_TIME_TEXT_BYTES];
        const ho_adt_event *event = event_of(b, number, i);
        status = put(b,
                     ho_arena_printf(b->arena, "%s\t\\\\x%s\t0\t1\t\\\\x%s\t%s\n", event->mrn,
                                     hex(b->arena, ho_bytes_from(event->id.data, HO_ID_BYTES)),
                                     hex(b->arena, ho_message_pack(b->arena, &event->base)),
                                     ho_time_format(event->occurred, NULL, at)),
                     error);
    }
    return status;
}

static enum ho_status copy(struct bench *b, const char *sql, row_of *row, struct ho_error *error)
{
    enum ho_status status = ho_pg_copy_begin(b->pg, sql, error);
    for (int64_t i = 0; status == HO_OK && i < b->members; i++) {
        status = row(b, b->first + i, error);
        ho_arena_reset(b->arena);
    }
    return status == HO_OK ? ho_pg_copy_end(b->pg, error) : status;
}

static enum ho_status fill(struct bench *b, bool keep, struct ho_error *error)
{
    static const char *const ROSTER[] = {
        "insert into member (member_id, surname, given, county, seq, hash)"
        "  select 'B' || lpad(n::text, 8, '0'), 'Invented', 'B' || n, 'Orange', n, '' from generate_series($1::int8, "
        "$2) n",
        "insert into enrolment (member_id, program, enrolled_from)"
        "  select 'B' || lpad(n::text, 8, '0'), 'ECM', 20240101 from generate_series($1::int8, $2) n",
        "insert into member_state (member_id) select 'B' || lpad(n::text, 8, '0') from generate_series($1::int8, $2) "
        "n"};
    enum ho_status status = HO_OK;
    struct ho_pg_params *params = ho_pg_params_new(b->arena);
    ho_pg_int(params, b->first);
    ho_pg_int(params, b->first + b->members - 1);
    for (size_t i = 0; status == HO_OK && i < sizeof ROSTER / sizeof *ROSTER; i++)
        status = ho_pg_run(b->pg, ROSTER[i], params, NULL, error);
    if (status == HO_OK)
        status = copy(b, "copy event_link (event_id, subject, member_id, decision, why) from stdin", link_rows, error);
    if (status == HO_OK && keep)
        status = copy(b, "copy member_event (member_id, event_id, subject, link, event, occurred) from stdin",
                      event_rows, error);
    return status;
}

// ---- Applying, and reading.

static struct ho_bytes matched(struct bench *b, int64_t number)
{
    ho_matched_event message = HANDOFF__V1__MATCHED_EVENT__INIT;
    message.event = event_of(b, number, 0);
    message.member_id = message.event->mrn;
    message.link = 1;
    return ho_message_pack(b->arena, &message.base);
}

static enum ho_status apply_one(struct bench *b, const struct ho_planner *planner, int64_t from, struct ho_error *error)
{
    struct ho_kafka_record records[BATCH] = {0};
    struct ho_planner_counts counts = {0};
    struct ho_batch batch = {.records = records};
    for (int64_t i = from; i < b->members && batch.n_records < BATCH; i++)
        records[batch.n_records++].value = matched(b, b->first + i);
    enum ho_status status = ho_pg_begin(b->pg, error);
    if (status == HO_OK)
        status = ho_apply_batch(planner, b->pg, b->arena, &batch, &counts, error);
    return status == HO_OK ? ho_pg_commit(b->pg, error) : status;
}

static enum ho_status apply(struct bench *b, const struct ho_planner *planner, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    int64_t begun = ho_monotonic_us();
    for (int64_t i = 0; status == HO_OK && i < b->members; i += BATCH) {
        status = apply_one(b, planner, i, error);
        ho_arena_reset(b->arena);
    }
    printf("%.3f\n", (double)(ho_monotonic_us() - begun) / 1e6);
    return status;
}

static enum ho_status read_kept(struct bench *b, struct ho_error *error)
{
    static const char SQL[] = "select member_id, event from member_event where member_id >= $1 and member_id < $2";
    enum ho_status status = HO_OK;
    int64_t begun = ho_monotonic_us(), events = 0;
    for (int64_t i = 0; status == HO_OK && i < b->members; i += BATCH) {
        struct ho_pg_result *rows = NULL;
        struct ho_pg_params *params = ho_pg_params_new(b->arena);
        ho_pg_text(params, member_of(b->arena, b->first + i));
        ho_pg_text(params, member_of(b->arena, b->first + i + BATCH));
        status = ho_pg_run(b->pg, SQL, params, &rows, error);
        for (int k = 0; status == HO_OK && k < ho_pg_rows(rows); k++)
            events += ho_adt_event_unpack(b->arena, ho_pg_get_bytes(rows, k, 1)) != NULL;
        ho_pg_result_free(rows);
        ho_arena_reset(b->arena);
    }
    printf("%.3f %lld\n", (double)(ho_monotonic_us() - begun) / 1e6, (long long)events);
    return status;
}

static enum ho_status run(struct bench *b, const char *command, struct ho_error *error)
{
    const char *protocols = getenv("HANDOFF_PROTOCOLS_DIR");
    const struct ho_planner_settings settings = {protocols ? protocols : "deploy/protocols",
                                                 "deploy/calendars",
                                                 "deploy/codes",
                                                 "deploy/programs",
                                                 36,
                                                 3,
                                                 60,
                                                 7,
                                                 400,
                                                 30,
                                                 3,
                                                 60,
                                                 30};
    struct ho_planner planner = {0};
    struct ho_planner_files *files = NULL;
    enum ho_status status = ho_planner_load(&settings, &files, &planner, error);
    if (status == HO_OK)
        status = ho_pg_connect(b->pg, error);
    if (status == HO_OK)
        status = strcmp(command, "apply") == 0  ? apply(b, &planner, error)
                 : strcmp(command, "read") == 0 ? read_kept(b, error)
                                                : fill(b, strcmp(command, "keep") == 0, error);
    ho_planner_files_free(files);
    return status;
}

int main(int argc, char **argv)
{
    struct ho_error error = {0};
    const char *url = getenv("HANDOFF_DATABASE_URL");
    if (argc != 4 || !url) {
        fprintf(stderr,
                "usage: HANDOFF_DATABASE_URL=... handoff-bench-transitions fill|keep|apply|read FIRST MEMBERS\n");
        return 2;
    }
    struct bench b = {.pg = ho_pg_new(url, "handoff-bench"), .arena = ho_arena_new(0), .now = ho_clock_us()};
    b.first = strtoll(argv[2], NULL, 10);
    b.members = strtoll(argv[3], NULL, 10);
    ho_pg_by_key(b.pg);
    enum ho_status status = run(&b, argv[1], &error);
    if (status != HO_OK)
        fprintf(stderr, "handoff-bench-transitions: %s\n", error.text);
    ho_pg_free(b.pg);
    ho_arena_free(b.arena);
    return status != HO_OK;
}

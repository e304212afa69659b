#include "tally.h"

#include <string.h>

#include "feeds/reports.h"

enum { PART_BYTES = 40, SENDER_BYTES = 2 * PART_BYTES + 2, SLOTS_MIN = 64 };

// ---- Who sent it ------------------------------------------------------------------------------------------

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Senders write what they like, patients among it: a birth date, a telephone or two words are no code.
static bool is_code(struct ho_bytes text)
{
    bool has_letter = false;
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
        has_letter |= is_letter(c);
    }
    return text.n <= PART_BYTES && (has_letter || !text.n);
}

static struct ho_bytes join(char *to, struct ho_bytes application, struct ho_bytes facility)
{
    if (!is_code(application) || !is_code(facility))
        return ho_bytes_of(HO_TALLY_NO_CODE);
    memcpy(to, application.p, application.n);
    to[application.n] = '|';
    memcpy(to + application.n + 1, facility.p, facility.n);
    return ho_bytes_from(to, application.n + 1 + facility.n);
}

// Nobody asks how the senders of a feed that was named call themselves.
static struct ho_bytes sender_of(const struct ho_inbound *inbound, const struct ho_adt *adt, char to[SENDER_BYTES])
{
    enum { MSH_3 = 2, MSH_4 = 3, PARTS = 4 }; // the segment's name takes the place of MSH-1
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh, parts[PARTS];
    if (!ho_feed_is_default(adt->feed))
        return ho_bytes_of("");
    if (inbound->protobuf)
        return join(to, ho_bytes_of("AdtEvent"), ho_bytes_of(adt->n_events ? adt->events[0]->feed : ""));
    if (!ho_hl7_header(inbound->message, &delimiters, &msh))
        return ho_bytes_of("(no header)");
    ho_hl7_split(msh, delimiters.field, parts, PARTS);
    return join(to, ho_feed_sender_part(&delimiters, parts[MSH_3]), ho_feed_sender_part(&delimiters, parts[MSH_4]));
}

// ---- Rows -------------------------------------------------------------------------------------------------

void ho_feed_tally_init(struct ho_feed_tally *tally, struct ho_arena *arena, size_t n_records)
{
    size_t slots = SLOTS_MIN;
    while (slots < 2 * n_records)
        slots *= 2;
    *tally = (struct ho_feed_tally){.arena = arena, .mask = slots - 1};
    tally->slots = ho_arena_array(arena, slots, sizeof *tally->slots);
}

static uint64_t hash_of(const struct ho_feed *feed, struct ho_bytes sender, int64_t hour)
{
    uint64_t h = ((uint64_t)(uintptr_t)feed ^ (uint64_t)hour) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < sender.n; i++)
        h = (h ^ sender.p[i]) * UINT64_C(0x100000001B3); // FNV-1a
    return h ^ h >> 32;
}

// Where the row's number stands, or is to stand.
static uint32_t *slot_of(const struct ho_feed_tally *tally, const struct ho_feed *feed, struct ho_bytes sender,
                         int64_t hour)
{
    for (uint64_t at = hash_of(feed, sender, hour);; at++) {
        uint32_t *slot = &tally->slots[at & tally->mask];
        const struct ho_tally_row *row = *slot ? tally->rows[*slot - 1] : NULL;
        if (!row || (row->feed == feed && row->hour == hour && ho_bytes_is(sender, row->sender)))
            return slot;
    }
}

static struct ho_tally_row *row_of(struct ho_feed_tally *tally, const struct ho_feed *feed, struct ho_bytes sender,
                                   int64_t hour)
{
    uint32_t *slot = slot_of(tally, feed, sender, hour);
    if (!*slot && tally->n_named == HO_TALLY_SENDERS_MAX) {
        sender = ho_bytes_of(HO_TALLY_OTHERS);
        slot = slot_of(tally, feed, sender, hour);
    }
    if (*slot)
        return tally->rows[*slot - 1];
    struct ho_tally_row *row = ho_arena_alloc(tally->arena, sizeof *row);
    *row = (struct ho_tally_row){.feed = feed, .sender = ho_arena_text(tally->arena, sender), .hour = hour};
    struct ho_tally_row **place = ho_arena_push(tally->arena, &tally->rows, sizeof(void *));
    *place = row;
    *slot = (uint32_t)tally->n;
    tally->n_named += !ho_bytes_is(sender, HO_TALLY_OTHERS);
    return row;
}

// ---- What a message lacks ---------------------------------------------------------------------------------

// Messages about persons and their numbers, which tell of no visit.
static bool tells_of_a_visit(const char *trigger)
{
    static const char OTHERS[] = "A20 A24 A28 A29 A30 A31 A34 A36 A37 A39 A40 A43 A46 A47 A48 A49 A51 A60";
    return strlen(trigger) != 3 || !strstr(OTHERS, trigger);
}

static bool tells_its_time(const ho_adt_event *event)
{
    return event->occurred != event->recorded || event->occurred == event->admitted ||
           event->occurred == event->discharged;
}

static void add_lacks(struct ho_feed_counts *counts, const struct ho_adt *adt)
{
    const ho_adt_event *event = adt->events[0];
    const ho_person *person = event->person;
    unsigned unknown = 0;
    for (size_t i = 0; i < adt->n_events; i++)
        unknown |= ho_adt_unknown_codes(adt->events[i]);
    counts->lacks[HO_LACK_VISIT] +=
        !event->visit[0] && !adt->feed->reuses_visit_numbers && tells_of_a_visit(event->trigger);
    counts->lacks[HO_LACK_BIRTH_DATE] += !person->birth_date;
    counts->lacks[HO_LACK_NAME] += !person->surname[0];
    counts->lacks[HO_LACK_MRN] += !event->mrn[0];
    counts->lacks[HO_LACK_SEX] += !person->sex[0];
    counts->lacks[HO_LACK_CONTACT] += !person->phone[0] && !person->address[0];
    counts->lacks[HO_LACK_EVENT_TIME] += !tells_its_time(event);
    counts->lacks[HO_LACK_CLASS] += unknown >> HO_CODE_CLASS & 1;
    counts->lacks[HO_LACK_DISPOSITION] += unknown >> HO_CODE_DISPOSITION & 1;
    counts->lacks[HO_LACK_ADMIT_SOURCE] += unknown >> HO_CODE_ADMIT_SOURCE & 1;
}

struct ho_tally_row *ho_feed_tally_see(struct ho_feed_tally *tally, const struct ho_inbound *inbound,
                                       const struct ho_adt *adt, int64_t received)
{
    char text[SENDER_BYTES];
    const int64_t hour = received - received % HO_US_PER_HOUR;
    struct ho_tally_row *row = row_of(tally, adt->feed, sender_of(inbound, adt, text), hour);
    row->last = received > row->last ? received : row->last;
    if (adt->verdict == HO_ADT_EVENT) {
        add_lacks(&row->counts, adt);
        ho_feed_add_skew(&row->counts, (received - adt->events[0]->recorded) / HO_US_PER_SECOND);
    } else if (adt->verdict == HO_ADT_REJECTED) {
        row->counts.lacks[HO_LACK_MRN] += strcmp(adt->reason, "no-patient-id") == 0;
    }
    return row;
}

// ---- The table --------------------------------------------------------------------------------------------

// Whoever writes to several rows takes them in the same order.
#define ADD_PLACED                                                                                                     \
    " insert into feed_hour as f (hour, feed, sender, last_at, non_member, matched, review, held, rejected, test,"     \
    "    no_visit, no_birth_date, no_name, no_mrn, no_sex, no_contact, no_event_time, unknown_class,"                  \
    "    unknown_disposition, unknown_admit_source, skew_n, skew_sum, skew_min, skew_max, in_future, late)"            \
    "  select hour, feed, place, max(last_at), sum(non_member), sum(matched), sum(review), sum(held), sum(rejected),"  \
    "    sum(test), sum(no_visit), sum(no_birth_date), sum(no_name), sum(no_mrn), sum(no_sex), sum(no_contact),"       \
    "    sum(no_event_time), sum(unknown_class), sum(unknown_disposition), sum(unknown_admit_source), sum(skew_n),"    \
    "    sum(skew_sum), min(skew_min), max(skew_max), sum(in_future), sum(late)"                                       \
    "  from placed group by hour, feed, place order by hour, feed, place"                                              \
    "  on conflict (hour, feed, sender) do update set last_at = greatest(f.last_at, excluded.last_at),"                \
    "    non_member = f.non_member + excluded.non_member, matched = f.matched + excluded.matched,"                     \
    "    review = f.review + excluded.review, held = f.held + excluded.held,"                                          \
    "    rejected = f.rejected + excluded.rejected, test = f.test + excluded.test,"                                    \
    "    no_visit = f.no_visit + excluded.no_visit, no_birth_date = f.no_birth_date + excluded.no_birth_date,"         \
    "    no_name = f.no_name + excluded.no_name, no_mrn = f.no_mrn + excluded.no_mrn,"                                 \
    "    no_sex = f.no_sex + excluded.no_sex, no_contact = f.no_contact + excluded.no_contact,"                        \
    "    no_event_time = f.no_event_time + excluded.no_event_time,"                                                    \
    "    unknown_class = f.unknown_class + excluded.unknown_class,"                                                    \
    "    unknown_disposition = f.unknown_disposition + excluded.unknown_disposition,"                                  \
    "    unknown_admit_source = f.unknown_admit_source + excluded.unknown_admit_source,"                               \
    "    skew_n = f.skew_n + excluded.skew_n, skew_sum = f.skew_sum + excluded.skew_sum,"                              \
    "    skew_min = least(f.skew_min, excluded.skew_min), skew_max = greatest(f.skew_max, excluded.skew_max),"         \
    "    in_future = f.in_future + excluded.in_future, late = f.late + excluded.late"

// An hour that has its most rows gets no new senders.
static const char *const ADD =
    "with given as ("
    "  select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::timestamptz[], $5::int8[], $6::int8[],"
    "    $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[],"
    "    $15::int8[], $16::int8[], $17::int8[], $18::int8[], $19::int8[], $20::int8[], $21::int8[], $22::int8[],"
    "    $23::int8[], $24::int8[], $25::int8[], $26::int8[]) as i (hour, feed, sender, last_at, non_member, matched,"
    "    review, held, rejected, test, no_visit, no_birth_date, no_name, no_mrn, no_sex, no_contact, no_event_time,"
    "    unknown_class, unknown_disposition, unknown_admit_source, skew_n, skew_sum, skew_min, skew_max, in_future,"
    "    late)"
    "), full_hour as ("
    "  select hour from (select distinct hour from given) g"
    "  where (select count(*) from (select from feed_hour f where f.hour = g.hour limit $27) as those) >= $27"
    "), placed as ("
    "  select g.*, case when hour in (select hour from full_hour) and not exists (select from feed_hour f"
    "    where (f.hour, f.feed, f.sender) = (g.hour, g.feed, g.sender)) then $28::text else sender end as place"
    "  from given g"
    ")" ADD_PLACED;

// What is old of a sender is counted on, under no name. So many at a time, for once there may be months of them.
static const char *const GATHER =
    "with old as ("
    "  select hour, feed, sender from feed_hour where hour < now() - make_interval(days => $1::int)"
    "    and sender not in ('', $2) order by 1, 2, 3 limit 10000 for update"
    "), placed as ("
    "  delete from feed_hour f using old where (f.hour, f.feed, f.sender) = (old.hour, old.feed, old.sender)"
    "  returning f.*, $2::text as place"
    ")" ADD_PLACED " returning 1";

static const char *const FORGET = "delete from feed_hour where hour < now() - make_interval(days => $1::int)";

struct columns {
    struct ho_pg_array *hour, *feed, *sender, *last, *verdicts[HO_FEED_VERDICTS], *lacks[HO_FEED_FIELDS], *skew_n,
        *skew_sum, *skew_min, *skew_max, *in_future, *late;
};

static void columns_init(struct columns *c, struct ho_arena *arena)
{
    struct ho_pg_array **const numbers[] = {&c->skew_n,   &c->skew_sum,  &c->skew_min,
                                            &c->skew_max, &c->in_future, &c->late};
    c->hour = ho_pg_array_new(arena, HO_PG_TIME);
    c->feed = ho_pg_array_new(arena, HO_PG_TEXT);
    c->sender = ho_pg_array_new(arena, HO_PG_TEXT);
    c->last = ho_pg_array_new(arena, HO_PG_TIME);
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        c->verdicts[v] = ho_pg_array_new(arena, HO_PG_INT8);
    for (int f = 0; f < HO_FEED_FIELDS; f++)
        c->lacks[f] = ho_pg_array_new(arena, HO_PG_INT8);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = ho_pg_array_new(arena, HO_PG_INT8);
}

static void push_skew(const struct columns *c, const struct ho_feed_counts *counts)
{
    ho_pg_push_int(c->skew_n, counts->skew_n);
    ho_pg_push_int(c->skew_sum, counts->skew_sum_s);
    if (counts->has_skew) {
        ho_pg_push_int(c->skew_min, counts->skew_min_s);
        ho_pg_push_int(c->skew_max, counts->skew_max_s);
    } else {
        ho_pg_push_null(c->skew_min);
        ho_pg_push_null(c->skew_max);
    }
    ho_pg_push_int(c->in_future, counts->in_future);
    ho_pg_push_int(c->late, counts->late);
}

static void push_row(const struct columns *c, const struct ho_tally_row *row)
{
    ho_pg_push_int(c->hour, row->hour);
    ho_pg_push_text(c->feed, row->feed->name);
    ho_pg_push_text(c->sender, row->sender);
    ho_pg_push_int(c->last, row->last);
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        ho_pg_push_int(c->verdicts[v], row->counts.verdicts[v]);
    for (int f = 0; f < HO_FEED_FIELDS; f++)
        ho_pg_push_int(c->lacks[f], row->counts.lacks[f]);
    push_skew(c, &row->counts);
}

static struct ho_pg_params *params_of(struct ho_arena *arena, const struct columns *c)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    enum { FIRST = 4, LAST = 6 };
    struct ho_pg_array *const first[FIRST] = {c->hour, c->feed, c->sender, c->last};
    struct ho_pg_array *const last[LAST] = {c->skew_n, c->skew_sum, c->skew_min, c->skew_max, c->in_future, c->late};
    for (size_t i = 0; i < FIRST; i++)
        ho_pg_param_array(params, first[i]);
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        ho_pg_param_array(params, c->verdicts[v]);
    for (int f = 0; f < HO_FEED_FIELDS; f++)
        ho_pg_param_array(params, c->lacks[f]);
    for (size_t i = 0; i < LAST; i++)
        ho_pg_param_array(params, last[i]);
    ho_pg_int(params, HO_TALLY_HOUR_ROWS_MAX);
    ho_pg_text(params, HO_TALLY_OTHERS);
    return params;
}

void ho_feed_tally_queue(const struct ho_feed_tally *tally, struct ho_pg *pg)
{
    struct columns columns;
    if (!tally->n)
        return;
    columns_init(&columns, tally->arena);
    for (size_t i = 0; i < tally->n; i++)
        push_row(&columns, tally->rows[i]);
    ho_pg_queue(pg, ADD, params_of(tally->arena, &columns), NULL);
}

enum ho_status ho_feed_hours_forget(struct ho_pg *pg, bool *more, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_result *gathered = NULL;
    struct ho_pg_params *kept = ho_pg_params_new(arena), *named = ho_pg_params_new(arena);
    ho_pg_int(kept, HO_FEED_KEPT_DAYS);
    ho_pg_int(named, HO_FEED_SENDER_DAYS);
    ho_pg_text(named, HO_TALLY_OTHERS);
    enum ho_status status = ho_pg_run(pg, FORGET, kept, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, GATHER, named, &gathered, error);
    *more = status == HO_OK && ho_pg_rows(gathered) > 0;
    ho_pg_result_free(gathered);
    ho_arena_free(arena);
    return status;
}

#include "ledger_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const char inbound[] = "adt.inbound";
static const char statement_group[] = "handoff-gateway-acknowledged";

const char *const ho_ledger_verdicts[HO_LEDGER_VERDICTS] = {"non_member", "matched", "review", "held",
                                                            "rejected",   "test",    "gap",    "lost"};

static const struct {
    const char *consumer, *topic;
} readers[] = {{"matcher", inbound},
               {"transitions", "adt.matched"},
               {"notifier", "transition.events"},
               {"roster", "roster.updates"}};

enum { N_READERS = sizeof readers / sizeof *readers };

// Topics whose consumer counts what it handled.
static const char *const counted_topics[] = {"adt.matched", "transition.events"};

static const char read_partitions[] =
    "select coalesce(o.partition, l.partition), coalesce(o.start_offset, 0), coalesce(o.next_offset, 0), "
    " coalesce(l.non_member, 0), coalesce(l.matched, 0), coalesce(l.review, 0), coalesce(l.held, 0), "
    " coalesce(l.rejected, 0), coalesce(l.test, 0), coalesce(l.gap, 0), coalesce(l.lost, 0) "
    "from (select * from kafka_offset where consumer = 'matcher' and topic = 'adt.inbound') o "
    "full join (select * from ledger where topic = 'adt.inbound') l using (topic, partition) order by 1";

static const char read_offsets[] = "select consumer, topic, partition, next_offset from kafka_offset";
static const char read_legs[] = "select stage, sum(n)::bigint from leg group by stage order by stage";
static const char read_outbox[] = "select topic, count(*) from outbox group by topic order by topic";
static const char read_replans[] = "select count(*) from replan";
static const char read_redecides[] = "select count(*) from redecide";

struct snapshot {
    struct ho_pg_result *partitions, *offsets, *legs, *outbox, *replans, *redecides;
};

static void snapshot_free(struct snapshot *s)
{
    ho_pg_result_free(s->partitions);
    ho_pg_result_free(s->offsets);
    ho_pg_result_free(s->legs);
    ho_pg_result_free(s->outbox);
    ho_pg_result_free(s->replans);
    ho_pg_result_free(s->redecides);
}

static enum ho_status read_snapshot(struct ho_pg *pg, struct snapshot *s, struct ho_error *error)
{
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_begin(pg, error);
    if (status != HO_OK)
        return status;
    ho_pg_queue(pg, "set transaction isolation level repeatable read read only", NULL, NULL);
    ho_pg_queue(pg, read_partitions, NULL, &s->partitions);
    ho_pg_queue(pg, read_offsets, NULL, &s->offsets);
    ho_pg_queue(pg, read_legs, NULL, &s->legs);
    ho_pg_queue(pg, read_outbox, NULL, &s->outbox);
    ho_pg_queue(pg, read_replans, NULL, &s->replans);
    ho_pg_queue(pg, read_redecides, NULL, &s->redecides);
    status = ho_pg_flush(pg, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    return status;
}

__attribute__((format(printf, 3, 4))) static void miss(struct ho_arena *arena, struct ho_ledger *ledger,
                                                       const char *format, ...)
{
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    enum { MISSING_MAX = 200 };
    if (!ledger->missing)
        ledger->missing = ho_arena_array(arena, MISSING_MAX, sizeof *ledger->missing);
    if (ledger->n_missing < MISSING_MAX)
        ledger->missing[ledger->n_missing++] = ho_arena_text(arena, ho_bytes_of(text));
}

// ---- Verdicts --------------------------------------------------------------------------------------

static void take_partitions(struct ho_arena *arena, const struct ho_pg_result *rows, struct ho_ledger *out)
{
    out->n_partitions = (size_t)ho_pg_rows(rows);
    out->partitions = ho_arena_array(arena, out->n_partitions + 1, sizeof *out->partitions);
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        struct ho_ledger_partition *p = &out->partitions[i];
        p->partition = (int32_t)ho_pg_get_int(rows, i, 0);
        p->start = ho_pg_get_int(rows, i, 1);
        p->next = ho_pg_get_int(rows, i, 2);
        p->high = -1;
        for (int v = 0; v < HO_LEDGER_VERDICTS; v++) {
            p->verdicts[v] = ho_pg_get_int(rows, i, 3 + v);
            p->sum += p->verdicts[v];
        }
        if (p->sum != p->next - p->start)
            miss(arena, out,
                 "%s/%" PRId32 ": the verdicts sum to %" PRId64 ", but %" PRId64 " offsets were decided (%" PRId64
                 " to %" PRId64 ")",
                 inbound, p->partition, p->sum, p->next - p->start, p->start, p->next);
    }
}

// ---- Legs ------------------------------------------------------------------------------------------

static int64_t count_of(const struct ho_pg_result *legs, const char *stage)
{
    for (int i = 0; i < ho_pg_rows(legs); i++)
        if (strcmp(ho_pg_get_text(legs, i, 0), stage) == 0)
            return ho_pg_get_int(legs, i, 1);
    return 0;
}

static void add_leg(struct ho_arena *arena, struct ho_ledger *out, const struct ho_pg_result *legs, const char *left,
                    const char *right)
{
    struct ho_ledger_leg *leg = &out->legs[out->n_legs++];
    leg->left = left;
    leg->right = right;
    leg->left_n = count_of(legs, left);
    leg->right_n = count_of(legs, right);
    leg->name = ho_arena_printf(arena, "%s = %s", left, right);
    if (leg->left_n != leg->right_n)
        miss(arena, out, "%s is %" PRId64 ", but %s is %" PRId64, left, leg->left_n, right, leg->right_n);
}

// Every topic that was written to or published is compared, whichever of the two is known.
static void take_legs(struct ho_arena *arena, const struct ho_pg_result *legs, struct ho_ledger *out)
{
    static const char written[] = "written:", published[] = "published:";
    size_t most = (size_t)ho_pg_rows(legs) + 3;
    out->legs = ho_arena_array(arena, most, sizeof *out->legs);
    add_leg(arena, out, legs, "linked", "applied");
    for (int i = 0; i < ho_pg_rows(legs); i++) {
        const char *stage = ho_arena_text(arena, ho_bytes_of(ho_pg_get_text(legs, i, 0)));
        if (strncmp(stage, written, strlen(written)) == 0)
            add_leg(arena, out, legs, stage, ho_arena_printf(arena, "%s%s", published, stage + strlen(written)));
        else if (strncmp(stage, published, strlen(published)) == 0 &&
                 !count_of(legs, ho_arena_printf(arena, "%s%s", written, stage + strlen(published))))
            add_leg(arena, out, legs, ho_arena_printf(arena, "%s%s", written, stage + strlen(published)), stage);
    }
    for (size_t i = 0; i < sizeof counted_topics / sizeof *counted_topics; i++)
        add_leg(arena, out, legs, ho_arena_printf(arena, "%s%s", published, counted_topics[i]),
                ho_arena_printf(arena, "handled:%s", counted_topics[i]));
}

// ---- What waits ------------------------------------------------------------------------------------

static void take_backlogs(struct ho_arena *arena, const struct snapshot *s, struct ho_ledger *out)
{
    out->n_outbox = (size_t)ho_pg_rows(s->outbox);
    out->outbox = ho_arena_array(arena, out->n_outbox + 1, sizeof *out->outbox);
    for (int i = 0; i < ho_pg_rows(s->outbox); i++) {
        out->outbox[i].topic = ho_arena_text(arena, ho_pg_get_bytes(s->outbox, i, 0));
        out->outbox[i].rows = ho_pg_get_int(s->outbox, i, 1);
        miss(arena, out, "%" PRId64 " rows for %s are not published yet: is handoff-relay running?",
             out->outbox[i].rows, out->outbox[i].topic);
    }
    out->replans = ho_pg_get_int(s->replans, 0, 0);
    if (out->replans)
        miss(arena, out, "%" PRId64 " members are still to be planned anew: is handoff-transitions running?",
             out->replans);
    int64_t redecides = ho_pg_get_int(s->redecides, 0, 0);
    if (redecides)
        miss(arena, out, "%" PRId64 " identities are still to be decided again: is handoff-matcher running?",
             redecides);
}

static bool next_offset(const struct ho_pg_result *offsets, const struct ho_ledger_reader *reader, int32_t partition,
                        int64_t *next)
{
    for (int i = 0; i < ho_pg_rows(offsets); i++)
        if (strcmp(ho_pg_get_text(offsets, i, 0), reader->consumer) == 0 &&
            strcmp(ho_pg_get_text(offsets, i, 1), reader->topic) == 0 && ho_pg_get_int(offsets, i, 2) == partition) {
            *next = ho_pg_get_int(offsets, i, 3);
            return true;
        }
    return false;
}

static void count_unread(const struct ho_pg_result *offsets, const struct ho_partition_range *range,
                         struct ho_ledger_reader *reader)
{
    int64_t next = range->low; // where a partition is begun that was never read
    (void)next_offset(offsets, reader, range->partition, &next);
    if (next <= range->high)
        reader->unread += range->high - next;
    else
        reader->beyond += next - range->high;
}

static enum ho_status take_reader(struct ho_arena *arena, const char *brokers, const struct snapshot *s,
                                  struct ho_ledger_reader *reader, struct ho_partition_range **ranges, size_t *n,
                                  struct ho_error *error)
{
    enum ho_status status = ho_kafka_watermarks(arena, brokers, reader->topic, ranges, n, error);
    for (size_t i = 0; status == HO_OK && i < *n; i++)
        count_unread(s->offsets, &(*ranges)[i], reader);
    return status;
}

static void take_ends(struct ho_ledger *out, const struct ho_partition_range *ranges, size_t n)
{
    for (size_t i = 0; i < out->n_partitions; i++)
        for (size_t k = 0; k < n; k++)
            if (ranges[k].partition == out->partitions[i].partition)
                out->partitions[i].high = ranges[k].high;
}

static enum ho_status take_readers(struct ho_arena *arena, const char *brokers, const struct snapshot *s,
                                   struct ho_ledger *out, struct ho_partition_range **ends, size_t *n_ends,
                                   struct ho_error *error)
{
    out->n_readers = N_READERS;
    out->readers = ho_arena_array(arena, N_READERS, sizeof *out->readers);
    for (size_t i = 0; i < N_READERS; i++) {
        struct ho_ledger_reader *reader = &out->readers[i];
        struct ho_partition_range *ranges = NULL;
        size_t n = 0;
        *reader = (struct ho_ledger_reader){readers[i].consumer, readers[i].topic, 0, 0};
        enum ho_status status = take_reader(arena, brokers, s, reader, &ranges, &n, error);
        if (status != HO_OK)
            return status;
        if (reader->unread)
            miss(arena, out, "%" PRId64 " messages on %s are not read yet: is handoff-%s running?", reader->unread,
                 reader->topic, reader->consumer);
        if (reader->beyond)
            miss(arena, out,
                 "%s ends %" PRId64 " offsets before what handoff-%s has read: the topic was made anew or lost its end",
                 reader->topic, reader->beyond, reader->consumer);
        if (reader->topic == inbound) {
            *ends = ranges;
            *n_ends = n;
            take_ends(out, ranges, n);
        }
    }
    return HO_OK;
}

// What a gateway acknowledged must be there: its statement lies at or below the partition's end.
static enum ho_status take_statement(struct ho_arena *arena, const char *brokers, const struct ho_partition_range *ends,
                                     size_t n_ends, struct ho_ledger *out, struct ho_error *error)
{
    struct ho_partition_range *stated = NULL;
    size_t n = 0;
    enum ho_status status = ho_kafka_statement_read(arena, brokers, statement_group, inbound, &stated, &n, error);
    for (size_t i = 0; status == HO_OK && i < n; i++) {
        int64_t end = 0;
        for (size_t k = 0; k < n_ends; k++)
            if (ends[k].partition == stated[i].partition)
                end = ends[k].high;
        for (size_t k = 0; k < out->n_partitions; k++)
            if (out->partitions[k].partition == stated[i].partition)
                out->partitions[k].acknowledged = stated[i].high;
        if (stated[i].high > end)
            miss(arena, out,
                 "%s/%" PRId32 ": gateways acknowledged messages up to offset %" PRId64
                 ", but the topic ends at %" PRId64 ": acknowledged messages are gone",
                 inbound, stated[i].partition, stated[i].high - 1, end);
    }
    return status;
}

enum ho_status ho_ledger_read(struct ho_arena *arena, struct ho_pg *pg, const char *brokers, struct ho_ledger *out,
                              struct ho_error *error)
{
    struct snapshot s = {0};
    struct ho_partition_range *ends = NULL;
    size_t n_ends = 0;
    *out = (struct ho_ledger){0};
    enum ho_status status = read_snapshot(pg, &s, error);
    if (status == HO_OK) {
        take_partitions(arena, s.partitions, out);
        take_legs(arena, s.legs, out);
        take_backlogs(arena, &s, out);
        status = take_readers(arena, brokers, &s, out, &ends, &n_ends, error);
    }
    if (status == HO_OK)
        status = take_statement(arena, brokers, ends, n_ends, out, error);
    snapshot_free(&s);
    return status;
}

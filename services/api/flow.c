#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include "feeds/reports_json.h"
#include "handoff/platform/loop.h"
#include "json.h"

enum { KEEP_US = 500000, KEEP_SLOW_US = 5000000, KEEP_FEEDS_US = 30000000, LATENCY_MINUTES = 15 };

struct ho_flow {
    json_t *now, *slow, *feeds;
    int64_t now_until_us, slow_until_us, feeds_until_us;
};

// ---- Statements.

static const char SNAPSHOT[] = "set transaction isolation level repeatable read, read only";

static const char *const VERDICTS[] = {"matched", "non_member", "review", "held", "rejected", "test", "gap", "lost"};

enum { N_VERDICTS = sizeof VERDICTS / sizeof *VERDICTS, FIRST_VERDICT = 4 };

static const char LEDGER[] =
    "select topic, partition, coalesce(o.start_offset, 0), coalesce(o.next_offset, 0),"
    " coalesce(l.matched, 0), coalesce(l.non_member, 0), coalesce(l.review, 0), coalesce(l.held, 0),"
    " coalesce(l.rejected, 0), coalesce(l.test, 0), coalesce(l.gap, 0), coalesce(l.lost, 0)"
    " from (select * from kafka_offset where consumer = 'matcher') o full join ledger l using (topic, partition)"
    " order by topic, partition";
// Each stage with the one that must reach the same count; `second` is null for a stage with no partner.
static const char LEGS[] =
    "with n as (select stage, sum(n)::bigint as n from leg group by stage),"
    " pair(first, second) as (values ('linked', 'applied')"
    "  union all select 'written:' || t, 'published:' || t"
    "   from unnest(array['adt.matched', 'adt.rejected', 'transition.events']) t"
    "  union all select 'published:' || t, 'handled:' || t from unnest(array['adt.matched', 'transition.events']) t)"
    " select p.first, p.second, coalesce(a.n, 0), coalesce(b.n, 0) from pair p"
    " left join n a on a.stage = p.first left join n b on b.stage = p.second order by p.first, p.second";
static const char OUTBOX[] = "select topic, count(*), extract(epoch from now() - min(ce_time))::float8 from outbox"
                             " group by topic order by topic";
static const char REVIEWS[] = "select reason, count(*), extract(epoch from now() - min(made_at))::float8 from review"
                              " where state = 'review' group by reason order by reason";
static const char HELD[] = "select reason, count(*), extract(epoch from now() - min(made_at))::float8 from review"
                           " where state = 'held' group by reason order by reason";
static const char REPLANS[] = "select '', count(*), extract(epoch from now() - min(made_at))::float8 from replan"
                              " having count(*) > 0";
static const char DELIVERIES[] = "select status, count(*), 0::float8 from delivery group by status order by status";
// From the matcher's transaction that made the newest link a task rests on to the transaction that planned the
// task, for the newest 2,000 tasks planned in the last 15 minutes whose link was made in that time too (a task
// planned for another cause, as an enrolment, has an older link, and no latency). $1 minutes
static const char LATENCY[] =
    "with planned as (select key, member_id, aliases, planned_at from task_plan"
    "  where planned_at > now() - $1 * interval '1 minute' order by planned_at desc limit 2000),"
    " took as (select extract(epoch from p.planned_at - max(l.made_at)) * 1000 as ms from planned p"
    "  cross join unnest(p.aliases) as alias(id) join event_link l on l.event_id = alias.id"
    "   and l.member_id = p.member_id and l.made_at <= p.planned_at group by p.key, p.planned_at"
    "  having max(l.made_at) > now() - $1 * interval '1 minute')"
    " select count(*), coalesce(percentile_cont(0.5) within group (order by ms), 0)::float8,"
    "  coalesce(percentile_cont(0.99) within group (order by ms), 0)::float8, coalesce(max(ms), 0)::float8 from took";
static const char MINUTES[] =
    "with minute as (select generate_series(date_trunc('minute', now()) - interval '59 minutes',"
    "  date_trunc('minute', now()), interval '1 minute') as at),"
    " linked as (select date_trunc('minute', made_at) as at, count(*) as n from event_link"
    "  where made_at >= date_trunc('minute', now()) - interval '59 minutes' group by 1),"
    " planned as (select date_trunc('minute', planned_at) as at, count(*) as n from task_plan"
    "  where planned_at >= date_trunc('minute', now()) - interval '59 minutes' group by 1)"
    " select m.at, coalesce(l.n, 0), coalesce(p.n, 0) from minute m left join linked l using (at)"
    " left join planned p using (at) order by m.at";

struct ho_flow *ho_flow_new(void)
{
    struct ho_flow *flow = calloc(1, sizeof *flow);
    if (!flow)
        abort();
    return flow;
}

void ho_flow_free(struct ho_flow *flow)
{
    if (!flow)
        return;
    json_decref(flow->now);
    json_decref(flow->slow);
    json_decref(flow->feeds);
    free(flow);
}

// ---- The ledger.

static json_t *partition_json(const struct ho_pg_result *r, int row, int64_t totals[N_VERDICTS])
{
    int64_t accounted = 0, read = ho_pg_get_int(r, row, 3) - ho_pg_get_int(r, row, 2);
    json_t *verdicts = json_object();
    for (int v = 0; v < N_VERDICTS; v++) {
        int64_t n = ho_pg_get_int(r, row, FIRST_VERDICT + v);
        totals[v] += n;
        accounted += n;
        json_object_set_new(verdicts, VERDICTS[v], json_integer(n));
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "topic", ho_json_cell_text(r, row, 0), "partition",
                     (json_int_t)ho_pg_get_int(r, row, 1), "start_offset", (json_int_t)ho_pg_get_int(r, row, 2),
                     "next_offset", (json_int_t)ho_pg_get_int(r, row, 3), "read", (json_int_t)read, "accounted",
                     (json_int_t)accounted, "balanced", read == accounted, "verdicts", verdicts);
}

static json_t *messages_json(const struct ho_pg_result *r)
{
    int64_t totals[N_VERDICTS] = {0}, read = 0, accounted = 0;
    bool balanced = true;
    json_t *partitions = json_array(), *verdicts = json_object();
    for (int row = 0; row < ho_pg_rows(r); row++) {
        json_t *partition = partition_json(r, row, totals);
        balanced = balanced && json_is_true(json_object_get(partition, "balanced"));
        read += json_integer_value(json_object_get(partition, "read"));
        json_array_append_new(partitions, partition);
    }
    for (int v = 0; v < N_VERDICTS; v++) {
        accounted += totals[v];
        json_object_set_new(verdicts, VERDICTS[v], json_integer(totals[v]));
    }
    return json_pack("{s:I, s:I, s:b, s:o, s:o}", "read", (json_int_t)read, "accounted", (json_int_t)accounted,
                     "balanced", balanced, "verdicts", verdicts, "partitions", partitions);
}

// ---- Legs and what waits.

static json_t *legs_json(const struct ho_pg_result *r)
{
    bool agree = true;
    json_t *pairs = json_array();
    for (int row = 0; row < ho_pg_rows(r); row++) {
        int64_t first = ho_pg_get_int(r, row, 2), second = ho_pg_get_int(r, row, 3);
        agree = agree && first == second;
        json_array_append_new(pairs, json_pack("{s:o, s:o, s:I, s:I, s:b}", "from", ho_json_cell_text(r, row, 0), "to",
                                               ho_json_cell_text(r, row, 1), "from_count", (json_int_t)first,
                                               "to_count", (json_int_t)second, "agree", first == second));
    }
    return json_pack("{s:b, s:o}", "agree", agree, "pairs", pairs);
}

// Rows of (name, count, age of the oldest).
static json_t *waiting_json(const struct ho_pg_result *r, const char *list_name)
{
    int64_t n = 0;
    double oldest = 0;
    json_t *parts = json_object();
    for (int row = 0; row < ho_pg_rows(r); row++) {
        double age = ho_pg_get_double(r, row, 2);
        oldest = age > oldest ? age : oldest;
        n += ho_pg_get_int(r, row, 1);
        json_object_set_new(parts, ho_pg_get_text(r, row, 0), json_integer(ho_pg_get_int(r, row, 1)));
    }
    return json_pack("{s:I, s:o, s:o}", "waiting", (json_int_t)n, "oldest_seconds", n ? json_real(oldest) : json_null(),
                     list_name, parts);
}

static json_t *now_json(struct ho_pg_result *const *r)
{
    json_t *replans = waiting_json(r[4], "parts");
    json_object_del(replans, "parts");
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "as_of", ho_json_instant(ho_clock_us()), "messages",
                     messages_json(r[0]), "legs", legs_json(r[1]), "outbox", waiting_json(r[2], "topics"), "reviews",
                     waiting_json(r[3], "reasons"), "held", waiting_json(r[5], "reasons"), "replans", replans);
}

// ---- What takes longer.

static json_t *deliveries_json(const struct ho_pg_result *r)
{
    static const char *const statuses[] = {"pending", "sent", "ambiguous", "failed", "not-wanted"};
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        json_object_set_new(json, statuses[i], json_integer(0));
    for (int row = 0; row < ho_pg_rows(r); row++)
        json_object_set_new(json, ho_pg_get_text(r, row, 0), json_integer(ho_pg_get_int(r, row, 1)));
    return json;
}

static json_t *latency_json(const struct ho_pg_result *r)
{
    int64_t n = ho_pg_get_int(r, 0, 0);
    static const char *const names[] = {"p50_ms", "p99_ms", "most_ms"};
    json_t *json = json_pack("{s:i, s:I}", "minutes", LATENCY_MINUTES, "tasks", (json_int_t)n);
    for (int i = 0; i < 3; i++)
        json_object_set_new(json, names[i], n ? json_real(ho_pg_get_double(r, 0, i + 1)) : json_null());
    return json;
}

static json_t *minutes_json(const struct ho_pg_result *r)
{
    json_t *list = json_array();
    for (int row = 0; row < ho_pg_rows(r); row++)
        json_array_append_new(list, json_pack("{s:o, s:I, s:I}", "at", ho_json_cell_instant(r, row, 0), "linked",
                                              (json_int_t)ho_pg_get_int(r, row, 1), "tasks",
                                              (json_int_t)ho_pg_get_int(r, row, 2)));
    return list;
}

// ---- Reading.

static bool run_all(struct ho_call *call, const char *const *statements, size_t n, const struct ho_pg_params *params,
                    struct ho_pg_result **results)
{
    struct ho_pg *pg = call->api->pg;
    struct ho_error error = {0};
    enum ho_status status = ho_pg_begin(pg, &error);
    if (status == HO_OK) {
        ho_pg_queue(pg, SNAPSHOT, NULL, NULL);
        for (size_t i = 0; i < n; i++)
            ho_pg_queue(pg, statements[i], statements[i] == LATENCY ? params : NULL, &results[i]);
        status = ho_pg_commit(pg, &error);
    }
    if (status != HO_OK)
        ho_database_failed(call, status, &error);
    return status == HO_OK;
}

static void free_all(struct ho_pg_result **results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ho_pg_result_free(results[i]);
}

static bool read_now(struct ho_call *call, struct ho_flow *flow)
{
    static const char *const statements[] = {LEDGER, LEGS, OUTBOX, REVIEWS, REPLANS, HELD};
    enum { N = sizeof statements / sizeof *statements };
    struct ho_pg_result *results[N] = {0};
    if (ho_monotonic_us() < flow->now_until_us)
        return true;
    bool read = run_all(call, statements, N, NULL, results);
    if (read) {
        json_decref(flow->now);
        flow->now = now_json(results);
        flow->now_until_us = ho_monotonic_us() + KEEP_US;
    }
    free_all(results, N);
    return read;
}

static bool read_slow(struct ho_call *call, struct ho_flow *flow)
{
    static const char *const statements[] = {DELIVERIES, LATENCY, MINUTES};
    struct ho_pg_result *results[3] = {0};
    if (ho_monotonic_us() < flow->slow_until_us)
        return true;
    struct ho_pg_params *minutes = ho_pg_params_new(call->request->arena);
    ho_pg_int(minutes, LATENCY_MINUTES);
    bool read = run_all(call, statements, 3, minutes, results);
    if (read) {
        json_decref(flow->slow);
        flow->slow = json_pack("{s:o, s:o, s:o}", "deliveries", deliveries_json(results[0]), "latency",
                               latency_json(results[1]), "minutes", minutes_json(results[2]));
        flow->slow_until_us = ho_monotonic_us() + KEEP_SLOW_US;
    }
    free_all(results, 3);
    return read;
}

static bool read_feeds(struct ho_call *call, struct ho_flow *flow)
{
    struct ho_feed_reports reports;
    struct ho_error error = {0};
    if (ho_monotonic_us() < flow->feeds_until_us)
        return true;
    enum ho_status status =
        ho_feed_reports_read(call->request->arena, call->api->pg, call->api->feeds, ho_clock_us(), &reports, &error);
    if (status != HO_OK) {
        ho_database_failed(call, status, &error);
        return false;
    }
    json_decref(flow->feeds);
    flow->feeds = ho_feed_reports_json(&reports);
    flow->feeds_until_us = ho_monotonic_us() + KEEP_FEEDS_US;
    return true;
}

void ho_flow_show(struct ho_call *call)
{
    struct ho_flow *flow = call->api->flow;
    if (!ho_database_ready(call) || !read_now(call, flow) || !read_slow(call, flow) || !read_feeds(call, flow))
        return;
    json_t *json = json_copy(flow->now);
    json_object_update(json, flow->slow);
    json_object_set(json, "feeds", flow->feeds);
    ho_reply_json(call, 200, json);
}

// The connection that requests share. It is opened when it is needed; after a failure there is a pause, so
// that requests are refused at once while PostgreSQL is away.
#include "handoff/platform/log.h"
#include "handoff/platform/loop.h"
#include "problem.h"

enum { PAUSE_US = 500000 };

// One process answers everybody, so nothing may keep it waiting for long: a lock of a member is held for a
// batch's commit, and no statement of ours is slow.
static const char LIMITS[] = "set statement_timeout = '10s'; set lock_timeout = '2s'";

bool ho_database_connect(struct ho_api *api, struct ho_error *error)
{
    bool was_connected = ho_pg_connected(api->pg);
    if (!was_connected && ho_monotonic_us() < api->pg_again_us) {
        (void)ho_fail(error, HO_RETRY, "PostgreSQL did not answer a moment ago");
        return false;
    }
    bool ready =
        ho_pg_connect(api->pg, error) == HO_OK && (was_connected || ho_pg_script(api->pg, LIMITS, error) == HO_OK);
    if (!ready) {
        ho_pg_drop(api->pg);
        api->pg_again_us = ho_monotonic_us() + PAUSE_US;
        if (!api->pg_away)
            ho_log(HO_WARN, "database away", "error=\"%s\"", error->text);
    }
    api->pg_away = !ready;
    ho_service_ready(api->service, "postgresql", ready);
    return ready;
}

bool ho_database_ready(struct ho_call *call)
{
    struct ho_error error = {0};
    if (ho_database_connect(call->api, &error))
        return true;
    ho_database_failed(call, HO_RETRY, &error);
    return false;
}

bool ho_database_run(struct ho_call *call, const char *sql, const struct ho_pg_params *params_or_null,
                     struct ho_pg_result **out)
{
    struct ho_error error = {0};
    enum ho_status status = ho_pg_run(call->api->pg, sql, params_or_null, out, &error);
    if (status == HO_OK)
        return true;
    ho_database_failed(call, status, &error);
    return false;
}

void ho_database_failed(struct ho_call *call, enum ho_status status, const struct ho_error *error)
{
    ho_pg_rollback(call->api->pg);
    if (status == HO_RETRY) {
        ho_problem_reply(call, HO_PROBLEM_DATABASE_AWAY, "Nothing was changed, or it cannot be known. Try again.");
        return;
    }
    ho_log(HO_ERROR, "statement failed", "error=\"%s\"", error->text);
    ho_problem_reply(call, HO_PROBLEM_INTERNAL, "The request was not carried out. The service's log tells why.");
}

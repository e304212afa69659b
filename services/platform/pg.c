// The one file that knows libpq. The connection stays in pipeline mode and non-blocking, and waits here with
// poll(2) for both directions: a server that is stuck on its answers and a client that is stuck on its
// statements cannot wait for each other.
#include "pg_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "handoff/platform/loop.h"

enum {
    CONNECT_TIMEOUT_MS = 3000, // a host
    NAME_BYTES = 24,           // of a prepared statement
    PARAM_MAX_BYTES = 0x3fffffff,
};

enum prepared { UNKNOWN, ASKED, PREPARED };

struct statement {
    const char *sql; // the caller's literal: its address is the key
    char *copy;      // its text, so that a key used for another text is noticed
    enum prepared prepared;
};

struct queued {
    size_t statement; // index
    bool preparing;   // the step before its first run
    struct ho_pg_result **out;
};

struct ho_pg {
    char *url, *application_name;
    PGconn *conn;
    bool lost;          // the connection is of no more use
    bool begin_pending; // BEGIN goes out with the first statement after it
    bool in_transaction;
    bool copying;
    bool by_key;  // no plan reads a table whole
    int watch_fd; // a copy of the socket for the loop; -1 none
    struct statement *statements;
    size_t n_statements, statements_capacity;
    struct queued *queue;
    size_t n_queue, queue_capacity;
    enum ho_status queue_status; // what went wrong while queueing
    struct ho_error queue_error;
};

static void *grown(void *items, size_t n, size_t *capacity, size_t item_bytes)
{
    if (n < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *more = reallocarray(items, *capacity, item_bytes);
    if (!more)
        abort();
    return more;
}

static char *copied(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

struct ho_pg *ho_pg_new(const char *url, const char *application_name)
{
    struct ho_pg *pg = calloc(1, sizeof *pg);
    if (!pg)
        abort();
    pg->url = copied(url);
    pg->application_name = copied(application_name);
    pg->watch_fd = -1;
    return pg;
}

static void forget_statements(struct ho_pg *pg)
{
    for (size_t i = 0; i < pg->n_statements; i++)
        free(pg->statements[i].copy);
    pg->n_statements = 0;
}

void ho_pg_drop(struct ho_pg *pg)
{
    PQfinish(pg->conn);
    pg->conn = NULL;
    if (pg->watch_fd >= 0)
        close(pg->watch_fd);
    pg->watch_fd = -1;
    pg->lost = pg->begin_pending = pg->in_transaction = pg->copying = false;
    pg->n_queue = 0;
    pg->queue_status = HO_OK;
    forget_statements(pg);
}

void ho_pg_by_key(struct ho_pg *pg)
{
    pg->by_key = true;
}

void ho_pg_free(struct ho_pg *pg)
{
    if (!pg)
        return;
    ho_pg_drop(pg);
    free(pg->statements);
    free(pg->queue);
    free(pg->url);
    free(pg->application_name);
    free(pg);
}

bool ho_pg_connected(const struct ho_pg *pg)
{
    return pg->conn && !pg->lost;
}

// ---- Errors ------------------------------------------------------------------------------------------

static enum ho_status fail_lost(struct ho_pg *pg, struct ho_error *error)
{
    pg->lost = true;
    return ho_fail(error, HO_RETRY, "the connection to PostgreSQL was lost; it is opened anew");
}

static enum ho_status fail_result(struct ho_pg *pg, const PGresult *result, const char *sql, struct ho_error *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || !*state)
        return fail_lost(pg, error);
    pg->lost |= ho_pg_state_ends_session(state);
    char words[256], where[HO_PG_EXCERPT_BYTES];
    snprintf(words, sizeof words, "%s", message ? message : "");
    if (strncmp(state, "22", 2) == 0)
        ho_pg_blank_values(words, sizeof words);
    return ho_fail(error, ho_pg_state_status(state, pg->copying), "PostgreSQL %s: %s (in: %s)", state, words,
                   ho_pg_excerpt(sql, where));
}

// ---- Connecting --------------------------------------------------------------------------------------

// Waits until the socket is ready for `events`; false at the deadline.
static bool wait_until(int fd, short events, int64_t deadline_us)
{
    for (;;) {
        int64_t left_us = deadline_us - ho_monotonic_us();
        struct pollfd entry = {.fd = fd, .events = events};
        int n = poll(&entry, 1, left_us > 0 ? (int)(left_us / 1000) + 1 : 0);
        if (n > 0)
            return true;
        if (n == 0 && left_us <= 0)
            return false;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

// The URL comes last, so that it has the last word.
static PGconn *connect_start(const struct ho_pg *pg, bool wait)
{
    const char *names[] = {"fallback_application_name",
                           "client_encoding",
                           "keepalives_idle",
                           "keepalives_interval",
                           "keepalives_count",
                           "tcp_user_timeout",
                           "connect_timeout",
                           "target_session_attrs",
                           "dbname",
                           NULL};
    const char *values[] = {pg->application_name, "UTF8", "10", "5", "3", "15000", "3", "read-write", pg->url, NULL};
    return wait ? PQconnectdbParams(names, values, 1) : PQconnectStartParams(names, values, 1);
}

// Connects step by step, for only so can the errors be asked to name their SQLSTATE. False at the deadline.
static bool connect_poll(PGconn *conn)
{
    int64_t deadline_us = ho_monotonic_us() + INT64_C(1000) * CONNECT_TIMEOUT_MS;
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    for (PostgresPollingStatusType next = PGRES_POLLING_WRITING;;) {
        if (next == PGRES_POLLING_OK || next == PGRES_POLLING_FAILED)
            return true;
        if (!wait_until(PQsocket(conn), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_us))
            return false;
        next = PQconnectPoll(conn);
    }
}

static enum ho_status fail_connect(struct ho_pg *pg, struct ho_error *error)
{
    char words[320];
    bool refused = PQconnectionNeedsPassword(pg->conn) || ho_pg_is_refusal(PQerrorMessage(pg->conn));
    enum ho_status status = refused ? HO_FATAL : HO_RETRY;
    ho_pg_flatten(PQerrorMessage(pg->conn), words, sizeof words);
    ho_pg_drop(pg);
    return ho_fail(error, status, "no connection to PostgreSQL: %s%s", words,
                   status == HO_FATAL ? " (see the database URL's user, password and database)" : "");
}

static enum ho_status url_check(const struct ho_pg *pg, struct ho_error *error)
{
    PQconninfoOption *options = PQconninfoParse(pg->url, NULL);
    if (!options)
        return ho_fail(error, HO_FATAL,
                       "the database URL cannot be read; it is like postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    PQconninfoFree(options);
    return HO_OK;
}

static void take_no_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

// A stopped process must not hold its locks for ever: the server ends its transaction after a while.
static enum ho_status session_prepare(struct ho_pg *pg, struct ho_error *error)
{
    PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
    PQsetNoticeReceiver(pg->conn, take_no_notice, NULL);
    PGresult *result = PQexec(pg->conn, pg->by_key ? "set idle_in_transaction_session_timeout = '10s';"
                                                     " set enable_seqscan = off;"
                                                     " set plan_cache_mode = force_generic_plan"
                                                   : "set idle_in_transaction_session_timeout = '10s'");
    enum ho_status status = HO_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = fail_result(pg, result, "set", error);
    PQclear(result);
    if (!status && (PQsetnonblocking(pg->conn, 1) != 0 || !PQenterPipelineMode(pg->conn)))
        status = fail_lost(pg, error);
    if (status)
        ho_pg_drop(pg);
    return status;
}

enum ho_status ho_pg_connect(struct ho_pg *pg, struct ho_error *error)
{
    if (ho_pg_connected(pg))
        return HO_OK;
    ho_pg_drop(pg);
    enum ho_status status = url_check(pg, error);
    if (status)
        return status;
    pg->conn = connect_start(pg, false);
    if (!pg->conn)
        abort();
    bool finished = PQstatus(pg->conn) == CONNECTION_BAD || connect_poll(pg->conn);
    // A host that does not answer at all keeps the steps from the hosts behind it; libpq's own wait goes on to them.
    if (!finished && strchr(pg->url, ',')) {
        PQfinish(pg->conn);
        pg->conn = connect_start(pg, true);
        finished = true;
    }
    if (!finished) {
        ho_pg_drop(pg);
        return ho_fail(error, HO_RETRY, "no connection to PostgreSQL: no answer within %d ms", CONNECT_TIMEOUT_MS);
    }
    if (PQstatus(pg->conn) != CONNECTION_OK)
        return fail_connect(pg, error);
    return session_prepare(pg, error);
}

// ---- The pipeline ------------------------------------------------------------------------------------

static struct statement *statement_of(struct ho_pg *pg, const char *sql)
{
    for (size_t i = 0; i < pg->n_statements; i++) {
        struct statement *s = &pg->statements[i];
        if (s->sql == sql && strcmp(s->copy, sql) == 0)
            return s;
        if (s->sql == sql)
            s->sql = NULL; // no literal after all: the address has a new text
    }
    pg->statements = grown(pg->statements, pg->n_statements, &pg->statements_capacity, sizeof *pg->statements);
    struct statement *s = &pg->statements[pg->n_statements++];
    *s = (struct statement){.sql = sql, .copy = copied(sql)};
    return s;
}

static void queue_add(struct ho_pg *pg, const struct statement *s, bool preparing, struct ho_pg_result **out)
{
    pg->queue = grown(pg->queue, pg->n_queue, &pg->queue_capacity, sizeof *pg->queue);
    pg->queue[pg->n_queue++] =
        (struct queued){.statement = (size_t)(s - pg->statements), .preparing = preparing, .out = out};
}

// Its name at the server.
static void statement_name(const struct ho_pg *pg, const struct statement *s, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, "s%zu", (size_t)(s - pg->statements));
}

static const struct ho_pg_params no_params;

static bool send_prepare(struct ho_pg *pg, struct statement *s, const struct ho_pg_params *params)
{
    Oid types[PG_MAX_PARAMS] = {0};
    char name[NAME_BYTES];
    statement_name(pg, s, name);
    for (size_t i = 0; i < params->n; i++)
        types[i] = params->items[i].type;
    if (!PQsendPrepare(pg->conn, name, s->copy, (int)params->n, types))
        return false;
    s->prepared = ASKED;
    queue_add(pg, s, true, NULL);
    return true;
}

static bool send_run(struct ho_pg *pg, const struct statement *s, const struct ho_pg_params *params)
{
    const char *values[PG_MAX_PARAMS];
    int lengths[PG_MAX_PARAMS], formats[PG_MAX_PARAMS];
    char name[NAME_BYTES];
    statement_name(pg, s, name);
    for (size_t i = 0; i < params->n; i++) {
        values[i] = (const char *)params->items[i].p;
        lengths[i] = (int)params->items[i].n;
        formats[i] = params->items[i].binary;
    }
    return PQsendQueryPrepared(pg->conn, name, (int)params->n, values, lengths, formats, 1);
}

static bool fits(const struct ho_pg_params *params)
{
    for (size_t i = 0; i < params->n; i++)
        if (params->items[i].n > PARAM_MAX_BYTES)
            return false;
    return true;
}

static enum ho_status send_statement(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params,
                                     struct ho_pg_result **out, struct ho_error *error)
{
    if (!ho_pg_connected(pg))
        return fail_lost(pg, error);
    assert(!pg->copying);
    if (!fits(params))
        return ho_fail(error, HO_REJECT, "a parameter is larger than PostgreSQL's 1 GiB");
    struct statement *s = statement_of(pg, sql);
    if (s->prepared == UNKNOWN && !send_prepare(pg, s, params))
        return fail_lost(pg, error);
    if (!send_run(pg, s, params))
        return fail_lost(pg, error);
    queue_add(pg, s, false, out);
    return HO_OK;
}

static void queue_one(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params, struct ho_pg_result **out)
{
    if (out)
        *out = NULL;
    if (!pg->queue_status)
        pg->queue_status = send_statement(pg, sql, params ? params : &no_params, out, &pg->queue_error);
}

static void queue_pending_begin(struct ho_pg *pg)
{
    if (!pg->begin_pending)
        return;
    pg->begin_pending = false;
    pg->in_transaction = true;
    queue_one(pg, "begin", NULL, NULL);
}

void ho_pg_queue(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params_or_null,
                 struct ho_pg_result **out_or_null)
{
    queue_pending_begin(pg);
    queue_one(pg, sql, params_or_null, out_or_null);
}

// One round of sending what is left and taking what has come. False where the connection is lost.
static bool exchange(struct ho_pg *pg)
{
    int unsent = PQflush(pg->conn);
    if (unsent < 0 || PQsocket(pg->conn) < 0)
        return false;
    struct pollfd entry = {.fd = PQsocket(pg->conn), .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
    if (poll(&entry, 1, -1) < 0 && errno != EINTR)
        return false;
    return PQconsumeInput(pg->conn);
}

// The next result of the pipeline, or the NULL that ends a statement's results. A lost connection shows as an
// error result without an SQLSTATE, or as NULL with `lost`.
static PGresult *next_result(struct ho_pg *pg)
{
    while (!pg->lost && PQisBusy(pg->conn))
        pg->lost = !exchange(pg);
    return pg->lost ? NULL : PQgetResult(pg->conn);
}

static enum ho_status take_one(struct ho_pg *pg, const struct queued *item, struct ho_error *error)
{
    PGresult *result = next_result(pg);
    if (!result)
        return fail_lost(pg, error);
    enum ho_status status = HO_OK;
    ExecStatusType kind = PQresultStatus(result);
    if (item->preparing)
        pg->statements[item->statement].prepared = kind == PGRES_COMMAND_OK ? PREPARED : UNKNOWN;
    if (kind == PGRES_FATAL_ERROR)
        status = fail_result(pg, result, pg->statements[item->statement].copy, error);
    else if (kind == PGRES_PIPELINE_ABORTED)
        status = ho_fail(error, HO_FATAL, "a statement before it failed");
    if (!status && item->out) {
        *item->out = (struct ho_pg_result *)result;
        result = NULL;
    }
    PQclear(result);
    PQclear(next_result(pg)); // the NULL behind it
    return status;
}

// Takes the results of all that was queued; the first error counts.
static enum ho_status take_all(struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status first = HO_OK;
    for (size_t i = 0; i < pg->n_queue; i++) {
        struct queued item = pg->queue[i];
        enum ho_status status = take_one(pg, &item, first ? NULL : error);
        if (!first)
            first = status;
    }
    pg->n_queue = 0;
    PQclear(next_result(pg)); // the synchronisation point
    return first;
}

enum ho_status ho_pg_flush(struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = pg->queue_status;
    pg->queue_status = HO_OK;
    if (status) {
        if (error)
            *error = pg->queue_error;
    }
    if (pg->n_queue == 0)
        return status;
    if (!pg->lost && !PQpipelineSync(pg->conn))
        pg->lost = true;
    enum ho_status taken = take_all(pg, status ? NULL : error);
    return status ? status : taken;
}

enum ho_status ho_pg_run(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params_or_null,
                         struct ho_pg_result **out_or_null, struct ho_error *error)
{
    ho_pg_queue(pg, sql, params_or_null, out_or_null);
    return ho_pg_flush(pg, error);
}

// ---- Transactions ------------------------------------------------------------------------------------

enum ho_status ho_pg_begin(struct ho_pg *pg, struct ho_error *error)
{
    assert(!pg->in_transaction && !pg->begin_pending);
    if (!ho_pg_connected(pg))
        return fail_lost(pg, error);
    pg->begin_pending = true;
    return HO_OK;
}

enum ho_status ho_pg_commit(struct ho_pg *pg, struct ho_error *error)
{
    if (pg->begin_pending) { // nothing was said in it
        pg->begin_pending = false;
        return ho_pg_flush(pg, error);
    }
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, "commit", NULL, &result, error);
    if (!status) {
        pg->in_transaction = false;
        // COMMIT of a transaction that had failed answers ROLLBACK.
        if (strcmp(PQcmdStatus((PGresult *)result), "COMMIT") != 0)
            status = ho_fail(error, HO_FATAL, "a transaction that had failed was to be committed; it was rolled back");
    }
    ho_pg_result_free(result);
    return status;
}

static void copy_cancel(struct ho_pg *pg)
{
    if (ho_pg_connected(pg))
        PQputCopyEnd(pg->conn, "cancelled");
    (void)!ho_pg_copy_end(pg, NULL);
}

void ho_pg_rollback(struct ho_pg *pg)
{
    for (size_t i = 0; i < pg->n_queue; i++)
        pg->queue[i].out = NULL; // their slots may be gone
    (void)!ho_pg_flush(pg, NULL);
    if (pg->copying)
        copy_cancel(pg);
    bool begun = pg->in_transaction;
    pg->in_transaction = pg->begin_pending = false;
    if (begun && ho_pg_connected(pg) && ho_pg_run(pg, "rollback", NULL, NULL, NULL) != HO_OK)
        pg->lost = true;
}

// ---- Scripts and COPY, outside of pipeline mode ----------------------------------------------------

static enum ho_status pipeline_leave(struct ho_pg *pg, struct ho_error *error)
{
    queue_pending_begin(pg);
    enum ho_status status = ho_pg_flush(pg, error);
    if (!status && (!ho_pg_connected(pg) || !PQexitPipelineMode(pg->conn) || PQsetnonblocking(pg->conn, 0) != 0))
        status = fail_lost(pg, error);
    return status;
}

static void pipeline_enter(struct ho_pg *pg)
{
    if (PQsetnonblocking(pg->conn, 1) != 0 || !PQenterPipelineMode(pg->conn))
        pg->lost = true;
}

enum ho_status ho_pg_script(struct ho_pg *pg, const char *sql, struct ho_error *error)
{
    enum ho_status status = pipeline_leave(pg, error);
    if (status)
        return status;
    PGresult *result = PQexec(pg->conn, sql);
    ExecStatusType kind = PQresultStatus(result);
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && kind != PGRES_EMPTY_QUERY)
        status = fail_result(pg, result, sql, error);
    PQclear(result);
    pipeline_enter(pg);
    return status;
}

enum ho_status ho_pg_copy_begin(struct ho_pg *pg, const char *sql, struct ho_error *error)
{
    enum ho_status status = pipeline_leave(pg, error);
    if (status)
        return status;
    PGresult *result = PQexec(pg->conn, sql);
    pg->copying = PQresultStatus(result) == PGRES_COPY_IN;
    if (!pg->copying) {
        status = fail_result(pg, result, sql, error);
        pipeline_enter(pg);
    }
    PQclear(result);
    return status;
}

enum ho_status ho_pg_copy_put(struct ho_pg *pg, struct ho_bytes bytes, struct ho_error *error)
{
    assert(pg->copying && bytes.n <= INT32_MAX);
    if (pg->lost || PQputCopyData(pg->conn, (const char *)bytes.p, (int)bytes.n) != 1)
        return fail_lost(pg, error);
    return HO_OK;
}

enum ho_status ho_pg_copy_end(struct ho_pg *pg, struct ho_error *error)
{
    assert(pg->copying);
    enum ho_status status = HO_OK;
    if (!pg->lost && PQputCopyEnd(pg->conn, NULL) < 0 && PQstatus(pg->conn) != CONNECTION_OK)
        status = fail_lost(pg, error);
    for (PGresult *result; !pg->lost && (result = PQgetResult(pg->conn)); PQclear(result))
        if (PQresultStatus(result) == PGRES_FATAL_ERROR && !status)
            status = fail_result(pg, result, "copy", error);
    pg->copying = false;
    if (pg->lost)
        return status ? status : fail_lost(pg, error);
    pipeline_enter(pg);
    return status;
}

// ---- Results -----------------------------------------------------------------------------------------

void ho_pg_result_free(struct ho_pg_result *result)
{
    PQclear((PGresult *)result);
}

int ho_pg_rows(const struct ho_pg_result *result)
{
    return PQntuples((const PGresult *)result);
}

int64_t ho_pg_affected(const struct ho_pg_result *result)
{
    return strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
}

struct ho_pg_cell ho_pg_result_cell(const struct ho_pg_result *result, int row, int column)
{
    const PGresult *r = (const PGresult *)result;
    assert(row >= 0 && row < PQntuples(r) && column >= 0 && column < PQnfields(r));
    struct ho_pg_cell cell = {.type = PQftype(r, column)};
    if (!PQgetisnull(r, row, column)) {
        cell.p = (const uint8_t *)PQgetvalue(r, row, column);
        cell.n = (size_t)PQgetlength(r, row, column);
    }
    return cell;
}

// ---- LISTEN --------------------------------------------------------------------------------------------

int ho_pg_fd(struct ho_pg *pg)
{
    if (pg->watch_fd < 0 && ho_pg_connected(pg))
        pg->watch_fd = fcntl(PQsocket(pg->conn), F_DUPFD_CLOEXEC, 0);
    return pg->watch_fd;
}

bool ho_pg_next_notification(struct ho_pg *pg, char *channel, size_t channel_bytes)
{
    if (!ho_pg_connected(pg))
        return false;
    if (!PQconsumeInput(pg->conn))
        pg->lost = true;
    PGnotify *notification = PQnotifies(pg->conn);
    if (!notification)
        return false;
    snprintf(channel, channel_bytes, "%s", notification->relname);
    PQfreemem(notification);
    return true;
}

bool ho_pg_take_notifications(struct ho_pg *pg)
{
    char channel[64];
    bool any = false;
    while (ho_pg_next_notification(pg, channel, sizeof channel))
        any = true;
    return any;
}

// The adapter to PostgreSQL against a real server.
#include "handoff/platform/pg.h"

#include "servers.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEGABYTE = 1 << 20 };

struct fixture {
    struct ho_pg *pg, *other;
    struct ho_arena *arena;
    struct ho_error error;
};

static const char *url;

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->pg = ho_test_connect("pg_test");
    f->other = ho_test_connect("pg_test other");
    f->arena = ho_arena_new(0);
    ho_test_sql(f->other, "drop table if exists t; create table t (id bigint primary key, word text, day date)");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_pg_free(f->pg);
    ho_pg_free(f->other);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != HO_OK)                                                                                           \
            fail_msg("%s", f->error.text);                                                                             \
    } while (0)

static struct ho_pg_params *one_int(struct fixture *f, int64_t value)
{
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_int(params, value);
    return params;
}

static void kill_backend(struct fixture *f)
{
    assert_int_equal(ho_test_number(f->other, "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity "
                                              "where application_name = 'pg_test' and datname = current_database()"),
                     1);
}

// ---- Values ------------------------------------------------------------------------------------------

static void scalars_round_trip(void **state)
{
    struct fixture *f = *state;
    static const uint8_t bytes[] = {0, 1, '\'', '\\', 0xff};
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_text(params, "Zoë \\ ' \"");
    ho_pg_text(params, NULL);
    ho_pg_int(params, INT64_MIN);
    ho_pg_bool(params, true);
    ho_pg_bytea(params, ho_bytes_from(bytes, sizeof bytes));
    ho_pg_bytea(params, ho_bytes_from(NULL, 0));
    ho_pg_time(params, INT64_C(1700000000123456));
    ho_pg_time(params, 0);
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg, "select $1::text, $2::text, $3, $4, $5, $6, $7, $8", params, &r, &f->error));
    assert_int_equal(ho_pg_rows(r), 1);
    assert_string_equal(ho_pg_get_text(r, 0, 0), "Zoë \\ ' \"");
    assert_true(ho_pg_is_null(r, 0, 1));
    assert_string_equal(ho_pg_get_text(r, 0, 1), "");
    assert_true(ho_pg_get_int(r, 0, 2) == INT64_MIN);
    assert_int_equal(ho_pg_get_int(r, 0, 3), 1);
    assert_true(ho_bytes_equal(ho_pg_get_bytes(r, 0, 4), ho_bytes_from(bytes, sizeof bytes)));
    assert_false(ho_pg_is_null(r, 0, 5));
    assert_int_equal(ho_pg_get_bytes(r, 0, 5).n, 0);
    assert_true(ho_pg_get_time(r, 0, 6) == INT64_C(1700000000123456));
    assert_true(ho_pg_is_null(r, 0, 7) && ho_pg_get_time(r, 0, 7) == 0);
    ho_pg_result_free(r);
}

static void results_are_decoded_by_their_type(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg,
                        "select (-2)::int2, (-3)::int4, false, 1.5::float8, -0.25::float4, date '1969-07-20', "
                        "date '2026-11-22', null::date, timestamptz '1969-12-31 23:59:59.5Z', '{\"a\": 1}'::jsonb, "
                        "'infinity'::date, 7::oid, 'x'::name",
                        NULL, &r, &f->error));
    assert_int_equal(ho_pg_get_int(r, 0, 0), -2);
    assert_int_equal(ho_pg_get_int(r, 0, 1), -3);
    assert_int_equal(ho_pg_get_int(r, 0, 2), 0);
    assert_true(ho_pg_get_double(r, 0, 3) == 1.5);
    assert_true(ho_pg_get_double(r, 0, 4) == -0.25);
    assert_true(ho_pg_get_double(r, 0, 1) == -3);
    assert_int_equal(ho_pg_get_date(r, 0, 5), 19690720);
    assert_int_equal(ho_pg_get_date(r, 0, 6), 20261122);
    assert_int_equal(ho_pg_get_date(r, 0, 7), 0);
    assert_int_equal(ho_pg_get_time(r, 0, 8), -500000);
    assert_string_equal(ho_pg_get_text(r, 0, 9), "{\"a\": 1}");
    assert_int_equal(ho_pg_get_date(r, 0, 10), 99991231);
    assert_int_equal(ho_pg_get_int(r, 0, 11), 7);
    assert_string_equal(ho_pg_get_text(r, 0, 12), "x");
    ho_pg_result_free(r);
}

static void text_goes_into_the_type_that_the_statement_asks_for(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_int(params, 1);
    ho_pg_text(params, "2026-11-22");
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg, "insert into t (id, day) values ($1, $2) returning day", params, &r, &f->error));
    assert_int_equal(ho_pg_affected(r), 1);
    assert_int_equal(ho_pg_get_date(r, 0, 0), 20261122);
    ho_pg_result_free(r);
}

// One array of each type with the same three elements, the middle one NULL.
static struct ho_pg_params *arrays_of_three(struct fixture *f)
{
    static const enum ho_pg_type numbers[] = {HO_PG_INT4, HO_PG_INT8, HO_PG_BOOL, HO_PG_TIME};
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    for (enum ho_pg_type type = HO_PG_TEXT; type <= HO_PG_BYTEA; type += HO_PG_BYTEA - HO_PG_TEXT) {
        struct ho_pg_array *array = ho_pg_array_new(f->arena, type);
        ho_pg_push_bytes(array, HO_BYTES_LITERAL("é, {\"\\"));
        ho_pg_push_null(array);
        ho_pg_push_text(array, "");
        ho_pg_param_array(params, array);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct ho_pg_array *array = ho_pg_array_new(f->arena, numbers[i]);
        ho_pg_push_int(array, -1);
        ho_pg_push_null(array);
        ho_pg_push_int(array, 1);
        assert_int_equal(ho_pg_array_length(array), 3);
        ho_pg_param_array(params, array);
    }
    return params;
}

static void arrays_of_every_type_round_trip_with_nulls(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg, "select * from unnest($1, $2, $3, $4, $5, $6)", arrays_of_three(f), &r, &f->error));
    assert_int_equal(ho_pg_rows(r), 3);
    for (int column = 0; column < 6; column++) {
        assert_false(ho_pg_is_null(r, 0, column));
        assert_true(ho_pg_is_null(r, 1, column));
        assert_false(ho_pg_is_null(r, 2, column));
    }
    assert_string_equal(ho_pg_get_text(r, 0, 0), "é, {\"\\");
    assert_true(ho_bytes_is(ho_pg_get_bytes(r, 0, 1), "é, {\"\\"));
    assert_int_equal(ho_pg_get_int(r, 0, 2), -1);
    assert_int_equal(ho_pg_get_int(r, 0, 3), -1);
    assert_int_equal(ho_pg_get_int(r, 0, 4), 1);
    assert_int_equal(ho_pg_get_time(r, 0, 5), -1);
    assert_int_equal(ho_pg_get_int(r, 2, 3), 1);
    ho_pg_result_free(r);
}

static void array_results_are_read_with_nulls(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg, "select array['a', null, 'bc'], '{}'::text[], null::bytea[], array['\\x00ff'::bytea]",
                        NULL, &r, &f->error));
    struct ho_bytes *items = NULL;
    assert_int_equal(ho_pg_get_array(r, 0, 0, f->arena, &items), 3);
    assert_true(ho_bytes_is(items[0], "a") && !items[1].p && ho_bytes_is(items[2], "bc"));
    assert_int_equal(ho_pg_get_array(r, 0, 1, f->arena, &items), 0);
    assert_int_equal(ho_pg_get_array(r, 0, 2, f->arena, &items), 0);
    assert_int_equal(ho_pg_get_array(r, 0, 3, f->arena, &items), 1);
    assert_true(ho_bytes_equal(items[0], ho_bytes_from("\x00\xff", 2)));
    ho_pg_result_free(r);
}

static void empty_arrays_are_empty_and_not_null(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    for (enum ho_pg_type type = HO_PG_TEXT; type <= HO_PG_TIME; type++)
        ho_pg_param_array(params, ho_pg_array_new(f->arena, type));
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg,
                        "select cardinality($1) + cardinality($2) + cardinality($3) + cardinality($4) + "
                        "cardinality($5) + cardinality($6)",
                        params, &r, &f->error));
    assert_false(ho_pg_is_null(r, 0, 0));
    assert_int_equal(ho_pg_get_int(r, 0, 0), 0);
    ho_pg_result_free(r);
}

static struct ho_bytes megabyte(struct ho_arena *arena, uint32_t seed)
{
    uint8_t *p = ho_arena_alloc(arena, MEGABYTE);
    for (size_t i = 0; i < MEGABYTE; i++) {
        seed = seed * 1103515245U + 12345U;
        p[i] = (uint8_t)(seed >> 16);
    }
    return ho_bytes_from(p, MEGABYTE);
}

static void values_of_a_megabyte_round_trip_in_arrays(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_array *array = ho_pg_array_new(f->arena, HO_PG_BYTEA);
    struct ho_bytes values[3];
    for (uint32_t i = 0; i < 3; i++)
        ho_pg_push_bytes(array, values[i] = megabyte(f->arena, i));
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_param_array(params, array);
    struct ho_pg_result *r = NULL;
    assert_ok(ho_pg_run(f->pg, "select * from unnest($1)", params, &r, &f->error));
    assert_int_equal(ho_pg_rows(r), 3);
    for (int i = 0; i < 3; i++)
        assert_true(ho_bytes_equal(ho_pg_get_bytes(r, i, 0), values[i]));
    ho_pg_result_free(r);
}

// Far more than both sockets' buffers in both directions at once: neither end may wait for the other.
static void a_pipeline_larger_than_all_buffers_does_not_lock_up(void **state)
{
    struct fixture *f = *state;
    struct ho_bytes value = megabyte(f->arena, 7);
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_bytea(params, value);
    struct ho_pg_result *r[40] = {NULL};
    for (size_t i = 0; i < 40; i++)
        ho_pg_queue(f->pg, "select $1", params, &r[i]);
    assert_ok(ho_pg_flush(f->pg, &f->error));
    for (size_t i = 0; i < 40; i++) {
        assert_true(ho_bytes_equal(ho_pg_get_bytes(r[i], 0, 0), value));
        ho_pg_result_free(r[i]);
    }
}

// ---- Errors ------------------------------------------------------------------------------------------

static void a_pipeline_tells_its_first_error_and_runs_nothing_behind_it(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_result *r[4];
    ho_pg_queue(f->pg, "select 1", NULL, &r[0]);
    ho_pg_queue(f->pg, "select 1 / 0", NULL, &r[1]);
    ho_pg_queue(f->pg, "insert into t (id) values (1)", NULL, &r[2]);
    ho_pg_queue(f->pg, "select nonsense", NULL, &r[3]);
    assert_int_equal(ho_pg_flush(f->pg, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "22012"));
    assert_non_null(strstr(f->error.text, "select 1 / 0"));
    assert_non_null(r[0]);
    assert_null(r[1]);
    assert_null(r[2]);
    assert_null(r[3]);
    ho_pg_result_free(r[0]);
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

static void a_statement_whose_preparation_was_skipped_is_prepared_again(void **state)
{
    struct fixture *f = *state;
    static const char later[] = "select 42::int8";
    ho_pg_queue(f->pg, "select 1 / 0", NULL, NULL);
    ho_pg_queue(f->pg, later, NULL, NULL);
    assert_int_equal(ho_pg_flush(f->pg, &f->error), HO_REJECT);
    assert_int_equal(ho_test_number(f->pg, later), 42);
}

static void an_address_with_another_text_is_another_statement(void **state)
{
    struct fixture *f = *state;
    char sql[] = "select 1::int8";
    assert_int_equal(ho_test_number(f->pg, sql), 1);
    strcpy(sql, "select 2::int8");
    assert_int_equal(ho_test_number(f->pg, sql), 2);
}

static void violated_constraints_are_rejected(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_run(f->pg, "insert into t (id) values ($1)", one_int(f, 1), NULL, &f->error));
    assert_int_equal(ho_pg_run(f->pg, "insert into t (id) values ($1)", one_int(f, 1), NULL, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "23505"));
}

static void wrong_statements_are_fatal(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ho_pg_run(f->pg, "select * from nowhere", NULL, NULL, &f->error), HO_FATAL);
    assert_non_null(strstr(f->error.text, "42P01"));
    assert_true(ho_pg_connected(f->pg));
}

static void a_lock_that_is_not_to_be_had_is_passing(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->other, &f->error));
    assert_ok(ho_pg_run(f->other, "lock table t", NULL, NULL, &f->error));
    assert_int_equal(ho_pg_run(f->pg, "lock table t nowait", NULL, NULL, &f->error), HO_FATAL); // outside a transaction
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_int_equal(ho_pg_run(f->pg, "lock table t nowait", NULL, NULL, &f->error), HO_RETRY);
    ho_pg_rollback(f->pg);
    ho_pg_rollback(f->other);
}

static void error_texts_hold_no_values(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_text(params, "Quillfeather \"Q\" Marigold");
    assert_int_equal(ho_pg_run(f->pg, "select $1::date", params, NULL, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "22007"));
    assert_null(strstr(f->error.text, "Quillfeather"));
    assert_null(strstr(f->error.text, "Marigold"));
}

static void a_killed_backend_is_passing_and_the_next_connection_works(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ho_test_number(f->pg, "select 5::int8"), 5);
    kill_backend(f);
    assert_int_equal(ho_pg_run(f->pg, "select 5::int8", NULL, NULL, &f->error), HO_RETRY);
    assert_false(ho_pg_connected(f->pg));
    assert_int_equal(ho_pg_run(f->pg, "select 5::int8", NULL, NULL, &f->error), HO_RETRY);
    assert_ok(ho_pg_connect(f->pg, &f->error));
    assert_int_equal(ho_test_number(f->pg, "select 5::int8"), 5);
}

static void a_backend_killed_within_a_transaction_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_run(f->pg, "insert into t (id) values ($1)", one_int(f, 1), NULL, &f->error));
    kill_backend(f);
    assert_int_equal(ho_pg_commit(f->pg, &f->error), HO_RETRY);
    ho_pg_rollback(f->pg);
    assert_ok(ho_pg_connect(f->pg, &f->error));
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

static void a_backend_killed_with_a_full_queue_is_passing(void **state)
{
    struct fixture *f = *state;
    struct ho_pg_params *params = ho_pg_params_new(f->arena);
    ho_pg_bytea(params, megabyte(f->arena, 1));
    struct ho_pg_result *r[20];
    kill_backend(f);
    for (size_t i = 0; i < 20; i++)
        ho_pg_queue(f->pg, "select $1", params, &r[i]);
    assert_int_equal(ho_pg_flush(f->pg, &f->error), HO_RETRY);
    for (size_t i = 0; i < 20; i++)
        assert_null(r[i]);
}

// ---- Transactions ------------------------------------------------------------------------------------

static void a_transaction_is_seen_by_others_after_its_commit_only(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_run(f->pg, "insert into t (id) values (1)", NULL, NULL, &f->error));
    assert_int_equal(ho_test_number(f->other, "select count(*) from t"), 0);
    ho_pg_queue(f->pg, "insert into t (id) values (2)", NULL, NULL);
    assert_ok(ho_pg_commit(f->pg, &f->error));
    assert_int_equal(ho_test_number(f->other, "select count(*) from t"), 2);
}

static void a_transaction_without_statements_is_none(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_commit(f->pg, &f->error));
    assert_ok(ho_pg_begin(f->pg, &f->error));
    ho_pg_rollback(f->pg);
    assert_int_equal(ho_test_number(f->pg, "select 1::int8"), 1);
}

static void a_rollback_takes_back_what_ran_and_what_was_queued(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_run(f->pg, "insert into t (id) values (1)", NULL, NULL, &f->error));
    struct ho_pg_result *unread = NULL;
    ho_pg_queue(f->pg, "insert into t (id) values (2) returning id", NULL, &unread);
    ho_pg_rollback(f->pg);
    assert_null(unread);
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

static void the_commit_of_a_failed_transaction_is_told(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_int_equal(ho_pg_run(f->pg, "select 1 / 0", NULL, NULL, &f->error), HO_REJECT);
    assert_int_equal(ho_pg_commit(f->pg, &f->error), HO_FATAL);
    ho_pg_rollback(f->pg);
    assert_int_equal(ho_test_number(f->pg, "select 1::int8"), 1);
}

static void scripts_run_whole_within_a_transaction(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_script(f->pg, "insert into t (id) values (1); insert into t (id) values (2)", &f->error));
    assert_ok(ho_pg_run(f->pg, "insert into t (id) values (3)", NULL, NULL, &f->error));
    assert_int_equal(ho_test_number(f->other, "select count(*) from t"), 0);
    assert_ok(ho_pg_commit(f->pg, &f->error));
    assert_int_equal(ho_test_number(f->other, "select count(*) from t"), 3);
}

static void a_wrong_script_takes_its_transaction_with_it(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_int_equal(ho_pg_script(f->pg, "insert into t (id) values (1); nonsense", &f->error), HO_FATAL);
    ho_pg_rollback(f->pg);
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

// ---- COPY, LISTEN ------------------------------------------------------------------------------------

static void copy_takes_rows_in_pieces(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_copy_begin(f->pg, "copy t (id, word) from stdin", &f->error));
    assert_ok(ho_pg_copy_put(f->pg, HO_BYTES_LITERAL("1\ton"), &f->error));
    assert_ok(ho_pg_copy_put(f->pg, HO_BYTES_LITERAL("e\n2\ttwo\n"), &f->error));
    assert_ok(ho_pg_copy_end(f->pg, &f->error));
    assert_ok(ho_pg_commit(f->pg, &f->error));
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t where word in ('one', 'two')"), 2);
}

static void copy_of_wrong_data_is_rejected_without_the_value(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_copy_begin(f->pg, "copy t (id, word) from stdin", &f->error));
    assert_ok(ho_pg_copy_put(f->pg, HO_BYTES_LITERAL("Quillfeather\tone\n"), &f->error));
    assert_int_equal(ho_pg_copy_end(f->pg, &f->error), HO_REJECT);
    assert_null(strstr(f->error.text, "Quillfeather"));
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

static void a_rollback_ends_a_copy(void **state)
{
    struct fixture *f = *state;
    assert_ok(ho_pg_begin(f->pg, &f->error));
    assert_ok(ho_pg_copy_begin(f->pg, "copy t (id) from stdin", &f->error));
    assert_ok(ho_pg_copy_put(f->pg, HO_BYTES_LITERAL("1\n"), &f->error));
    ho_pg_rollback(f->pg);
    assert_int_equal(ho_test_number(f->pg, "select count(*) from t"), 0);
}

static void notifications_wake_the_descriptor(void **state)
{
    struct fixture *f = *state;
    char channel[64];
    assert_ok(ho_pg_run(f->pg, "listen handoff_outbox", NULL, NULL, &f->error));
    assert_false(ho_pg_next_notification(f->pg, channel, sizeof channel));
    assert_ok(ho_pg_run(f->other, "notify handoff_outbox", NULL, NULL, &f->error));
    struct pollfd entry = {.fd = ho_pg_fd(f->pg), .events = POLLIN};
    assert_int_equal(poll(&entry, 1, 10000), 1);
    assert_true(ho_pg_next_notification(f->pg, channel, sizeof channel));
    assert_string_equal(channel, "handoff_outbox");
    assert_false(ho_pg_next_notification(f->pg, channel, sizeof channel));
}

static void a_listener_sees_that_its_connection_is_lost(void **state)
{
    struct fixture *f = *state;
    char channel[64];
    struct pollfd entry = {.fd = ho_pg_fd(f->pg), .events = POLLIN};
    kill_backend(f);
    while (ho_pg_connected(f->pg)) { // the server's last word, then the end of the stream
        assert_int_equal(poll(&entry, 1, 10000), 1);
        assert_false(ho_pg_next_notification(f->pg, channel, sizeof channel));
    }
}

// ---- Connecting --------------------------------------------------------------------------------------

static enum ho_status connect_to(struct fixture *f, const char *to)
{
    struct ho_pg *pg = ho_pg_new(to, "pg_test connect");
    enum ho_status status = ho_pg_connect(pg, &f->error);
    ho_pg_free(pg);
    return status;
}

// The server's own address, as user@host:port, from the test's URL.
static char *with_parts(struct fixture *f, const char *format)
{
    const char *host = strstr(url, "://") + 3;
    const char *at = strchr(host, '@');
    const char *address = at ? at + 1 : host;
    char *who = ho_arena_text(f->arena, ho_bytes_from(host, (size_t)(address - host)));
    char *where = ho_arena_text(f->arena, ho_bytes_from(address, strcspn(address, "/?")));
    const char *database = strchr(address, '/');
    char *out = ho_arena_alloc(f->arena, 1024);
    for (char *to = out; *format; format++) {
        const char *part = *format == 'W' ? who : *format == 'A' ? where : *format == 'D' ? database : NULL;
        if (part)
            to += sprintf(to, "%s", part);
        else
            *to++ = *format;
    }
    return out;
}

static void a_server_that_is_away_is_passing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(connect_to(f, "postgresql://x@127.0.0.1:1/x"), HO_RETRY);
}

static void a_missing_database_is_fatal(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(connect_to(f, with_parts(f, "postgresql://WA/no_such_database")), HO_FATAL);
    assert_non_null(strstr(f->error.text, "3D000"));
}

static void a_wrong_user_is_fatal(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(connect_to(f, with_parts(f, "postgresql://nobody_here:wrong@AD")), HO_FATAL);
}

static void a_wrong_url_is_fatal_and_hides_the_password(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(connect_to(f, "postgresql://user:mulberry@host:5432/x?nonsense=1"), HO_FATAL);
    assert_null(strstr(f->error.text, "mulberry"));
}

static void of_several_hosts_the_one_that_answers_is_taken(void **state)
{
    struct fixture *f = *state;
    assert_ok(connect_to(f, with_parts(f, "postgresql://W127.0.0.1:1,AD")));
}

static void a_server_that_takes_no_writes_is_passing(void **state)
{
    struct fixture *f = *state;
    char *to = with_parts(f, "postgresql://WAD");
    to = ho_arena_printf(f->arena, "%s?options=-c%%20default_transaction_read_only%%3Don", to);
    assert_int_equal(connect_to(f, to), HO_RETRY);
}

int main(void)
{
    url = ho_test_database(false);
#define PG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        PG_TEST(scalars_round_trip),
        PG_TEST(results_are_decoded_by_their_type),
        PG_TEST(text_goes_into_the_type_that_the_statement_asks_for),
        PG_TEST(arrays_of_every_type_round_trip_with_nulls),
        PG_TEST(array_results_are_read_with_nulls),
        PG_TEST(empty_arrays_are_empty_and_not_null),
        PG_TEST(values_of_a_megabyte_round_trip_in_arrays),
        PG_TEST(a_pipeline_larger_than_all_buffers_does_not_lock_up),
        PG_TEST(a_pipeline_tells_its_first_error_and_runs_nothing_behind_it),
        PG_TEST(a_statement_whose_preparation_was_skipped_is_prepared_again),
        PG_TEST(an_address_with_another_text_is_another_statement),
        PG_TEST(violated_constraints_are_rejected),
        PG_TEST(wrong_statements_are_fatal),
        PG_TEST(a_lock_that_is_not_to_be_had_is_passing),
        PG_TEST(error_texts_hold_no_values),
        PG_TEST(a_killed_backend_is_passing_and_the_next_connection_works),
        PG_TEST(a_backend_killed_within_a_transaction_leaves_nothing_behind),
        PG_TEST(a_backend_killed_with_a_full_queue_is_passing),
        PG_TEST(a_transaction_is_seen_by_others_after_its_commit_only),
        PG_TEST(a_transaction_without_statements_is_none),
        PG_TEST(a_rollback_takes_back_what_ran_and_what_was_queued),
        PG_TEST(the_commit_of_a_failed_transaction_is_told),
        PG_TEST(scripts_run_whole_within_a_transaction),
        PG_TEST(a_wrong_script_takes_its_transaction_with_it),
        PG_TEST(copy_takes_rows_in_pieces),
        PG_TEST(copy_of_wrong_data_is_rejected_without_the_value),
        PG_TEST(a_rollback_ends_a_copy),
        PG_TEST(notifications_wake_the_descriptor),
        PG_TEST(a_listener_sees_that_its_connection_is_lost),
        PG_TEST(a_server_that_is_away_is_passing),
        PG_TEST(a_missing_database_is_fatal),
        PG_TEST(a_wrong_user_is_fatal),
        PG_TEST(a_wrong_url_is_fatal_and_hides_the_password),
        PG_TEST(of_several_hosts_the_one_that_answers_is_taken),
        PG_TEST(a_server_that_takes_no_writes_is_passing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ho_test_database_drop();
    return failed;
}

// handoffctl ledger: whether every message is accounted for, and if not, what is missing and where.
#include "command.h"
#include "ledger_read.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLL_MS = 250 };

struct settings {
    const char *database_url, *kafka_brokers;
    int64_t wait;
    bool json;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    HO_CTL_KAFKA_BROKERS(struct settings),
    {"wait", HO_OPTION_INTEGER, "0", 0, 86400, .offset = offsetof(struct settings, wait),
     .help = "seconds to wait until all is balanced and done"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json),
     .help = "print the sums as one JSON object"},
};

static const struct ho_option_table table = {
    .program = "handoffctl ledger",
    .summary =
        "Accounts for every message. Exit status 0 only when each partition's verdicts sum to the offsets that were\n"
        "read, each leg of the way handed on what it got, and nothing is left unread, unpublished or unapplied.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

// ---- As text ---------------------------------------------------------------------------------------

static void print_partitions(const struct ho_ledger *ledger)
{
    int64_t total[HO_LEDGER_VERDICTS] = {0}, sum = 0;
    printf("%-16s", "adt.inbound");
    for (int v = 0; v < HO_LEDGER_VERDICTS; v++)
        printf(" %10s", ho_ledger_verdicts[v]);
    printf(" %12s   %s\n", "sum", "offsets");
    for (size_t i = 0; i < ledger->n_partitions; i++) {
        const struct ho_ledger_partition *p = &ledger->partitions[i];
        printf("  partition %-4" PRId32, p->partition);
        for (int v = 0; v < HO_LEDGER_VERDICTS; v++) {
            printf(" %10" PRId64, p->verdicts[v]);
            total[v] += p->verdicts[v];
        }
        sum += p->sum;
        printf(" %12" PRId64 "   %" PRId64 " to %" PRId64 "%s\n", p->sum, p->start, p->next,
               p->sum == p->next - p->start ? "" : "  NOT BALANCED");
    }
    printf("  %-14s", "all");
    for (int v = 0; v < HO_LEDGER_VERDICTS; v++)
        printf(" %10" PRId64, total[v]);
    printf(" %12" PRId64 "\n", sum);
}

static void print_text(const struct ho_ledger *ledger)
{
    print_partitions(ledger);
    printf("\n");
    for (size_t i = 0; i < ledger->n_legs; i++) {
        const struct ho_ledger_leg *leg = &ledger->legs[i];
        printf("%-58s %12" PRId64 " %s %" PRId64 "\n", leg->name, leg->left_n,
               leg->left_n == leg->right_n ? "= " : "!=", leg->right_n);
    }
    printf("\n");
    for (size_t i = 0; i < ledger->n_missing; i++)
        printf("Missing: %s\n", ledger->missing[i]);
    if (!ledger->n_missing)
        printf("Balanced: every message is accounted for, and nothing is left to do.\n");
}

// ---- As JSON ---------------------------------------------------------------------------------------

static void set_number(json_t *object, const char *name, int64_t number)
{
    if (json_object_set_new(object, name, json_integer(number)) != 0)
        abort();
}

static void set_child(json_t *object, const char *name, json_t *child)
{
    if (json_object_set_new(object, name, child) != 0)
        abort();
}

static json_t *json_partitions(const struct ho_ledger *ledger)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ledger->n_partitions; i++) {
        const struct ho_ledger_partition *p = &ledger->partitions[i];
        json_t *one = json_object();
        set_number(one, "partition", p->partition);
        set_number(one, "start_offset", p->start);
        set_number(one, "next_offset", p->next);
        set_number(one, "end_offset", p->high);
        set_number(one, "acknowledged", p->acknowledged);
        for (int v = 0; v < HO_LEDGER_VERDICTS; v++)
            set_number(one, ho_ledger_verdicts[v], p->verdicts[v]);
        set_number(one, "sum", p->sum);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *json_legs(const struct ho_ledger *ledger)
{
    json_t *legs = json_object();
    for (size_t i = 0; i < ledger->n_legs; i++) {
        set_number(legs, ledger->legs[i].left, ledger->legs[i].left_n);
        set_number(legs, ledger->legs[i].right, ledger->legs[i].right_n);
    }
    return legs;
}

static json_t *json_unread(const struct ho_ledger *ledger)
{
    json_t *object = json_object();
    for (size_t i = 0; i < ledger->n_readers; i++)
        set_number(object, ledger->readers[i].consumer, ledger->readers[i].unread);
    return object;
}

static json_t *json_unpublished(const struct ho_ledger *ledger)
{
    json_t *object = json_object();
    for (size_t i = 0; i < ledger->n_outbox; i++)
        set_number(object, ledger->outbox[i].topic, ledger->outbox[i].rows);
    return object;
}

static void print_json(const struct ho_ledger *ledger)
{
    json_t *object = json_object(), *missing = json_array();
    set_child(object, "balanced", json_boolean(!ledger->n_missing));
    set_child(object, "partitions", json_partitions(ledger));
    set_child(object, "legs", json_legs(ledger));
    set_child(object, "unread", json_unread(ledger));
    set_child(object, "unpublished", json_unpublished(ledger));
    set_number(object, "unapplied", ledger->replans);
    for (size_t i = 0; i < ledger->n_missing; i++)
        json_array_append_new(missing, json_string(ledger->missing[i]));
    set_child(object, "missing", missing);
    if (json_dumpf(object, stdout, JSON_COMPACT) != 0)
        abort();
    putchar('\n');
    json_decref(object);
}

// ---- The command -----------------------------------------------------------------------------------

// Reads until all is well or the time is over; what passes (a database that restarts) is waited out too.
static enum ho_status read_until(struct ho_arena *arena, struct ho_pg *pg, const struct settings *settings,
                                 struct ho_ledger *out, struct ho_error *error)
{
    long long deadline = ho_ctl_now_ms() + settings->wait * 1000;
    for (;;) {
        ho_arena_reset(arena);
        enum ho_status status = ho_ledger_read(arena, pg, settings->kafka_brokers, out, error);
        bool again = status == HO_RETRY || (status == HO_OK && out->n_missing);
        if (!again || ho_ctl_now_ms() >= deadline)
            return status;
        ho_ctl_pause_ms(POLL_MS);
    }
}

int ho_ctl_ledger(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_ledger ledger;
    ho_ctl_options_only(&table, argc, argv, &settings);
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl ledger");
    enum ho_status status = read_until(arena, pg, &settings, &ledger, &error);
    int exit_status = HO_EXIT_FAILED;
    if (status != HO_OK) {
        exit_status = ho_ctl_failed(&table, &error);
    } else {
        (settings.json ? print_json : print_text)(&ledger);
        exit_status = ledger.n_missing ? HO_EXIT_FAILED : HO_EXIT_OK;
    }
    ho_pg_free(pg);
    ho_arena_free(arena);
    return exit_status;
}

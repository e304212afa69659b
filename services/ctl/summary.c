// handoffctl summary: what was found, what is to be done and by when, who was told, and whether it all adds up.
// No names of members: an id and the reason are enough to see that it works.
#include "command.h"
#include "ledger_read.h"

#include "handoff/time.h"

#include <inttypes.h>
#include <stdio.h>

enum { COORDINATORS_SHOWN = 3 };

struct settings {
    const char *database_url, *kafka_brokers, *zone;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    HO_CTL_KAFKA_BROKERS(struct settings),
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", .offset = offsetof(struct settings, zone),
     .help = "time zone that times are shown in"},
};

static const struct ho_option_table table = {
    .program = "handoffctl summary",
    .summary = "Shows the transitions that were found, the tasks they made, the notices sent, and the ledger in short.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static const char read_transitions[] =
    "select from_setting, to_setting, count(*), count(distinct member_id) from transition "
    "group by 1, 2 order by 3 desc, 1, 2";

static const char read_templates[] =
    "select template, min(title), count(*) filter (where status = 'open'), count(*) filter (where status = 'claimed'), "
    " count(*) filter (where status = 'done'), min(due) filter (where status in ('open', 'claimed')) "
    "from task where status in ('open', 'claimed', 'done') group by template order by 6 nulls last, 1";

static const char read_coordinators[] =
    "select t.template, coalesce(nullif(m.coordinator, ''), nullif(m.coordinator_email, ''), 'nobody yet'), count(*) "
    "from task t left join member m using (member_id) where t.status in ('open', 'claimed') "
    "group by 1, 2 order by 1, 3 desc, 2";

static const char read_examples[] =
    "select t.due, t.member_id, t.title, t.why, coalesce(m.coordinator, '') from task t left join member m using "
    "(member_id) "
    "where t.status in ('open', 'claimed') and t.want = 'wanted' order by t.due, t.key limit 10";

static const char read_deliveries[] = "select channel, status, count(*), sum(ambiguous)::bigint from delivery "
                                      "group by 1, 2 order by 1, 2";

struct facts {
    struct ho_pg_result *transitions, *templates, *coordinators, *examples, *deliveries;
};

static enum ho_status read_facts(struct ho_pg *pg, struct facts *facts, struct ho_error *error)
{
    enum ho_status status = ho_pg_connect(pg, error);
    if (status != HO_OK)
        return status;
    ho_pg_queue(pg, read_transitions, NULL, &facts->transitions);
    ho_pg_queue(pg, read_templates, NULL, &facts->templates);
    ho_pg_queue(pg, read_coordinators, NULL, &facts->coordinators);
    ho_pg_queue(pg, read_examples, NULL, &facts->examples);
    ho_pg_queue(pg, read_deliveries, NULL, &facts->deliveries);
    return ho_pg_flush(pg, error);
}

static void facts_free(struct facts *facts)
{
    ho_pg_result_free(facts->transitions);
    ho_pg_result_free(facts->templates);
    ho_pg_result_free(facts->coordinators);
    ho_pg_result_free(facts->examples);
    ho_pg_result_free(facts->deliveries);
}

// "2026-11-24 17:00" in the zone; "-" for none.
static const char *shown_time(int64_t instant, const struct ho_zone *zone, char out[HO_TIME_TEXT_BYTES])
{
    if (!instant)
        return "-";
    ho_time_format(instant, zone, out);
    out[10] = ' ';
    out[16] = '\0';
    return out;
}

static const char *setting_name(const char *setting)
{
    return strcmp(setting, "ed") == 0 ? "ED" : strcmp(setting, "snf") == 0 ? "SNF" : setting;
}

static void print_transitions(const struct ho_pg_result *rows)
{
    printf("Transitions\n");
    if (!ho_pg_rows(rows))
        printf("  none yet\n");
    for (int i = 0; i < ho_pg_rows(rows); i++)
        printf("  %6" PRId64 "  %s to %s, of %" PRId64 " members\n", ho_pg_get_int(rows, i, 2),
               setting_name(ho_pg_get_text(rows, i, 0)), setting_name(ho_pg_get_text(rows, i, 1)),
               ho_pg_get_int(rows, i, 3));
}

// "Ana Ruiz 5, Ben Ode 4, 3 others 7"
static void print_coordinators(const struct ho_pg_result *rows, const char *template)
{
    int shown = 0, others = 0;
    int64_t of_others = 0;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        if (strcmp(ho_pg_get_text(rows, i, 0), template) != 0)
            continue;
        if (shown == COORDINATORS_SHOWN) {
            others++;
            of_others += ho_pg_get_int(rows, i, 2);
            continue;
        }
        printf("%s%s %" PRId64, shown++ ? ", " : "", ho_pg_get_text(rows, i, 1), ho_pg_get_int(rows, i, 2));
    }
    if (others)
        printf(", %d other%s %" PRId64, others, others == 1 ? "" : "s", of_others);
    printf("\n");
}

// How many columns a text takes on the screen, near enough: its characters.
static int columns_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static int widest(const struct ho_pg_result *rows, int column)
{
    int width = 0;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        int n = columns_of(ho_pg_get_text(rows, i, column));
        width = n > width ? n : width;
    }
    return width;
}

static void print_padded(const char *text, int width)
{
    printf("%s%*s", text, width - columns_of(text), "");
}

static void print_templates(const struct facts *facts, const struct ho_zone *zone)
{
    const struct ho_pg_result *rows = facts->templates;
    char due[HO_TIME_TEXT_BYTES];
    printf("\nTasks\n");
    if (!ho_pg_rows(rows)) {
        printf("  none yet\n");
        return;
    }
    int width = widest(rows, 1);
    printf("    open  claimed     done  next due          %-*s  for\n", width, "task");
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        printf("  %6" PRId64 "  %7" PRId64 "  %7" PRId64 "  %-16s  ", ho_pg_get_int(rows, i, 2),
               ho_pg_get_int(rows, i, 3), ho_pg_get_int(rows, i, 4), shown_time(ho_pg_get_time(rows, i, 5), zone, due));
        print_padded(ho_pg_get_text(rows, i, 1), width);
        printf("  ");
        print_coordinators(facts->coordinators, ho_pg_get_text(rows, i, 0));
    }
}

static void print_examples(const struct ho_pg_result *rows, const struct ho_zone *zone)
{
    char due[HO_TIME_TEXT_BYTES];
    if (!ho_pg_rows(rows))
        return;
    printf("\nThe next %d due (times in %s)\n", ho_pg_rows(rows), ho_zone_name(zone));
    int width = widest(rows, 1);
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        const char *coordinator = ho_pg_get_text(rows, i, 4);
        printf("  %-16s  member ", shown_time(ho_pg_get_time(rows, i, 0), zone, due));
        print_padded(ho_pg_get_text(rows, i, 1), width);
        printf("  %s%s%s\n%*s%s\n", ho_pg_get_text(rows, i, 2), *coordinator ? ", for " : "", coordinator, width + 29,
               "", ho_pg_get_text(rows, i, 3));
    }
}

static void print_deliveries(const struct ho_pg_result *rows)
{
    printf("\nNotices\n");
    if (!ho_pg_rows(rows))
        printf("  none yet\n");
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        printf("  %6" PRId64 "  %s %s", ho_pg_get_int(rows, i, 2), ho_pg_get_text(rows, i, 0),
               ho_pg_get_text(rows, i, 1));
        if (ho_pg_get_int(rows, i, 3))
            printf(" (%" PRId64 " attempts without a known outcome)", ho_pg_get_int(rows, i, 3));
        printf("\n");
    }
}

static void print_ledger(const struct ho_ledger *ledger)
{
    int64_t total[HO_LEDGER_VERDICTS] = {0}, read = 0;
    for (size_t i = 0; i < ledger->n_partitions; i++) {
        read += ledger->partitions[i].next - ledger->partitions[i].start;
        for (int v = 0; v < HO_LEDGER_VERDICTS; v++)
            total[v] += ledger->partitions[i].verdicts[v];
    }
    printf("\nLedger\n  %" PRId64 " messages:", read);
    for (int v = 0, shown = 0; v < HO_LEDGER_VERDICTS; v++)
        if (total[v])
            printf("%s %" PRId64 " %s", shown++ ? "," : "", total[v], v == 0 ? "about others" : ho_ledger_verdicts[v]);
    printf("\n ");
    for (size_t i = 0; i < ledger->n_legs; i++)
        if (ledger->legs[i].left_n == ledger->legs[i].right_n && i == 0)
            printf(" %" PRId64 " linked and applied;", ledger->legs[i].left_n);
    printf(" %zu legs compared\n", ledger->n_legs);
    if (ledger->n_missing)
        printf("  not balanced yet: %s%s\n", ledger->missing[0],
               ledger->n_missing > 1 ? " (and more: handoffctl ledger)" : "");
    else
        printf("  balanced: every message is accounted for, and nothing is left to do\n");
}

static enum ho_status summarise(struct ho_arena *arena, struct ho_pg *pg, const struct settings *settings,
                                const struct ho_zone *zone, struct ho_error *error)
{
    struct facts facts = {0};
    struct ho_ledger ledger;
    enum ho_status status = read_facts(pg, &facts, error);
    if (status == HO_OK) {
        print_transitions(facts.transitions);
        print_templates(&facts, zone);
        print_examples(facts.examples, zone);
        print_deliveries(facts.deliveries);
        status = ho_ledger_read(arena, pg, settings->kafka_brokers, &ledger, error);
    }
    if (status == HO_OK)
        print_ledger(&ledger);
    facts_free(&facts);
    return status;
}

int ho_ctl_summary(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    ho_ctl_options_only(&table, argc, argv, &settings);
    if (ho_zone_new(settings.zone, &zone, &error) != HO_OK)
        return ho_ctl_misused(&table, "--zone: %s", error.text);
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl summary");
    enum ho_status status = summarise(arena, pg, &settings, zone, &error);
    ho_pg_free(pg);
    ho_arena_free(arena);
    ho_zone_free(zone);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&table, &error);
}

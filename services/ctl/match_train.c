// handoffctl match train: m and u of each level, estimated from a roster and queries whose truth nobody knows.
#include "command.h"
#include "match_files.h"

#include "handoff/platform/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES_A_LOOK = 1024, ALL_QUERIES = INT32_MAX, MEMBERS_BY_CHANCE = 20 };

struct settings {
    const char *roster, *start;
    int64_t max_queries;
};

static const struct ho_option options[] = {
    {"roster", HO_OPTION_TEXT, NULL, .offset = offsetof(struct settings, roster), .help = "CSV file of the members"},
    {"start", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, start),
     .help = "YAML file of the weights to begin with; \"\" the built-in ones"},
    {"max-queries", HO_OPTION_INTEGER, "0", 0, ALL_QUERIES, .offset = offsetof(struct settings, max_queries),
     .help = "how many queries to read; 0 all"},
};

static const struct ho_option_table table = {
    .program = "handoffctl match train",
    .summary =
        "Estimates the weights of matching by expectation and maximisation, and prints them as "
        "deploy/match/weights.yaml\n"
        "has them. Nobody need know who is who: u is what agrees with members drawn by chance, m what EM finds among "
        "the\n"
        "members that share a block with a query.\n\n"
        "The files are those of 'handoffctl match try'. A sample of real traffic is best, with members and others in "
        "it\n"
        "as they come. Thresholds, and levels that were never seen, keep the values that it begins with.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "QUERIES.csv",
};

struct training {
    const struct ho_roster_index *index;
    struct ho_match_patterns *pairs, *chance;
    struct ho_match_warnings warnings;
    int64_t n, most;
};

static enum ho_status add_query(void *context, const struct ho_match_query *query, struct ho_error *error)
{
    struct training *training = context;
    (void)error;
    if (training->most && training->n == training->most)
        return HO_OK;
    ho_match_patterns_add(training->pairs, training->index, query->question);
    ho_match_patterns_add_chance(training->chance, training->index, query->question, (uint64_t)training->n,
                                 MEMBERS_BY_CHANCE);
    if (++training->n % QUERIES_A_LOOK == 0)
        ho_match_progress(&training->warnings, "%" PRId64 " queries", training->n);
    return HO_OK;
}

// A probability with six digits, which is more than any sample gives.
static double rounded(double p)
{
    static const double LEAST = 1e-12, MOST = 0.999999;
    char text[32];
    snprintf(text, sizeof text, "%.6g", p);
    double value = strtod(text, NULL);
    return value < LEAST ? LEAST : value > MOST ? MOST : value;
}

static void round_all(struct ho_match_weights *weights)
{
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        for (int i = 1; i < ho_match_levels((enum ho_match_field)f); i++) {
            weights->level[f][i].m = rounded(weights->level[f][i].m);
            weights->level[f][i].u = rounded(weights->level[f][i].u);
        }
}

static enum ho_status estimate(const struct training *training, const struct ho_match_weights *start,
                               struct ho_match_weights *out, struct ho_error *error)
{
    const struct ho_match_pattern *list;
    size_t n = ho_match_patterns_list(training->pairs, &list);
    uint64_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        pairs += list[i].n;
    if (!pairs)
        return ho_fail(error, HO_REJECT, "%s: no query shares a block with a member, so there is nothing to learn from",
                       training->warnings.path);
    double all = (double)training->n * (double)ho_roster_index_size(training->index);
    double found = ho_match_train(training->pairs, training->chance, all, start, out);
    round_all(out);
    fprintf(stderr, "%s: %" PRId64 " queries, %" PRIu64 " pairs of %zu patterns, %.0f of them one person\n",
            training->warnings.path, training->n, pairs, n, found);
    return HO_OK;
}

static int train(const struct ho_roster_index *index, const char *path, int64_t most,
                 const struct ho_match_weights *start)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_error error = {0};
    struct ho_match_weights learned = *start;
    struct training training = {index, ho_match_patterns_new(arena), ho_match_patterns_new(arena), {.path = path}, 0,
                                most};
    const struct ho_match_queries queries = {path, add_query, &training, &training.warnings};
    enum ho_status status = ho_match_queries_read(&queries, &error);
    if (status == HO_OK)
        status = estimate(&training, start, &learned, &error);
    ho_arena_free(arena);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    ho_weights_write(stdout, &learned);
    if (fflush(stdout) != 0) {
        (void)ho_fail(&error, HO_FATAL, "the weights cannot be written (%s)", strerror(errno));
        return ho_ctl_failed(&table, &error);
    }
    return HO_EXIT_OK;
}

int ho_ctl_match_train(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_match_weights start = ho_match_weights_default;
    struct ho_match_roster roster;
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&table, "give one file of queries");
    if (*settings.start && ho_weights_load(settings.start, &start, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    if (ho_match_roster_load(settings.roster, &start, &roster, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    int exit_status = train(roster.index, argv[first], settings.max_queries, &start);
    ho_roster_index_free(roster.index);
    return exit_status;
}

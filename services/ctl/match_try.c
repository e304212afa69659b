// handoffctl match try: how matching would decide, with a roster and queries from files and no server.
#include "command.h"
#include "match_files.h"

#include "handoff/platform/yaml.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { QUERIES_A_LOOK = 1024, OUTPUT_BYTES = 1 << 16 };
enum { FAR_BITS = -3 }; // at less, more speaks against the nearest than for them

struct settings {
    const char *roster, *weights;
};

static const struct ho_option options[] = {
    {"roster", HO_OPTION_TEXT, NULL, .offset = offsetof(struct settings, roster), .help = "CSV file of the members"},
    {"weights", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, weights),
     .help = "YAML file of the weights, as deploy/match/weights.yaml; \"\" the built-in ones"},
};

static const struct ho_option_table table = {
    .program = "handoffctl match try",
    .summary =
        "Shows how each query would be matched, without any server: one JSON object a line, in the queries' order.\n\n"
        "  {\"query\":ID, \"verdict\":\"matched\"|\"review\"|\"non-member\", \"member\":ID|null, \"score\":BITS,\n"
        "   \"why\":{...}}\n\n"
        "The verdict decides. member is the match; on review the best candidate; of a non-member whoever came "
        "nearest,\n"
        "with the score, or null where nobody was worth comparing. What a service would hold until more is known is a\n"
        "review where there is a candidate, else no member, with \"held\":true in why.\n\n"
        "Both files are CSV with a header, columns in any order, others ignored. The roster's: member_id (needed), "
        "cin,\n"
        "plan_id, surname, given, middle, suffix, birth_date, sex, phone, address, city, state, zip. The queries' "
        "('-':\n"
        "standard input): query_id (needed), surname, given, middle, suffix, birth_date, sex, phone, address, city,\n"
        "state, zip, ins_id (the insured's id as sent). Dates are YYYYMMDD or YYYY-MM-DD. A member's cin may be\n"
        "several, parted by a blank, ';' or ','. Where a member_id stands twice, the later line counts. Text is\n"
        "UTF-8; what is not is read as Latin-1.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "QUERIES.csv",
};

struct trying {
    const struct ho_roster_index *index;
    struct ho_arena *arena;
    struct ho_match_warnings warnings;
    uint64_t n, verdicts[HO_MATCH_MATCHED + 1];
};

static void print_text(const char *name, const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    printf(",\"%s\":", name);
    if (!value || json_dumpf(value, stdout, JSON_ENCODE_ANY) != 0)
        fputs("null", stdout);
    json_decref(value);
}

// Held is a service's verdict: nothing more will come here.
static enum ho_match_verdict final_verdict(const struct ho_match *match)
{
    if (match->verdict != HO_MATCH_HELD)
        return match->verdict;
    return match->n_candidates ? HO_MATCH_REVIEW : HO_MATCH_NON_MEMBER;
}

static void print_why(const struct ho_match *match)
{
    fputs(",\"why\":", stdout);
    if (match->verdict == HO_MATCH_HELD)
        printf("{\"held\":true%s%s", match->why[1] == '}' ? "" : ",", match->why + 1);
    else
        fputs(match->why, stdout);
}

static void print_answer(const char *query, const struct ho_match *match)
{
    enum ho_match_verdict verdict = final_verdict(match);
    fputs("{\"query\":", stdout);
    json_t *id = json_string(query);
    if (!id || json_dumpf(id, stdout, JSON_ENCODE_ANY) != 0)
        fputs("\"\"", stdout);
    json_decref(id);
    printf(",\"verdict\":\"%s\"", ho_match_verdict_name(verdict));
    bool near = verdict != HO_MATCH_NON_MEMBER || match->score > FAR_BITS;
    print_text("member", near ? match->nearest.member_id : NULL);
    printf(",\"score\":%.4f", match->score);
    print_why(match);
    fputs("}\n", stdout);
}

static enum ho_status answer(void *context, const struct ho_match_query *query, struct ho_error *error)
{
    struct trying *trying = context;
    struct ho_match match;
    ho_arena_reset(trying->arena);
    ho_match_decide(trying->arena, trying->index, query->question, &match);
    print_answer(query->id, &match);
    trying->verdicts[final_verdict(&match)]++;
    if (++trying->n % QUERIES_A_LOOK == 0)
        ho_match_progress(&trying->warnings, "%" PRIu64 " queries", trying->n);
    return ferror(stdout) ? ho_fail(error, HO_FATAL, "the answers cannot be written (%s)", strerror(errno)) : HO_OK;
}

static int try_all(const struct ho_roster_index *index, const char *path)
{
    struct trying trying = {.index = index, .arena = ho_arena_new(0), .warnings = {.path = path}};
    const struct ho_match_queries queries = {path, answer, &trying, &trying.warnings};
    struct ho_error error = {0};
    static char output[OUTPUT_BYTES];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    long long begun_ms = ho_ctl_now_ms();
    enum ho_status status = ho_match_queries_read(&queries, &error);
    ho_arena_free(trying.arena);
    if (status == HO_OK && fflush(stdout) != 0)
        status = ho_fail(&error, HO_FATAL, "the answers cannot be written (%s)", strerror(errno));
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    fprintf(stderr,
            "%s: %" PRIu64 " queries in %.1f s: %" PRIu64 " matched, %" PRIu64 " review, %" PRIu64 " non-member\n",
            path, trying.n, (double)(ho_ctl_now_ms() - begun_ms) / 1000, trying.verdicts[HO_MATCH_MATCHED],
            trying.verdicts[HO_MATCH_REVIEW], trying.verdicts[HO_MATCH_NON_MEMBER]);
    return HO_EXIT_OK;
}

int ho_ctl_match_try(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_match_weights weights = ho_match_weights_default;
    struct ho_match_roster roster;
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&table, "give one file of queries");
    if (*settings.weights && ho_weights_load(settings.weights, &weights, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    if (ho_match_roster_load(settings.roster, &weights, &roster, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    int exit_status = try_all(roster.index, argv[first]);
    ho_roster_index_free(roster.index);
    return exit_status;
}

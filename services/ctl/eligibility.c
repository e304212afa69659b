// handoffctl eligibility: which programs a member may join on a date, and why. The same fold, line and criteria as the
// services use.
#include "command.h"
#include "plan_files.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "handoff/digest.h"
#include "transitions/state.h"

enum { EXIT_MAY_JOIN_NONE = 3 };

struct settings {
    const char *database_url, *on, *program;
    struct ho_plan_paths paths;
    bool json;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"on", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, on),
     .help = "on this date, 2026-11-22; default: today in the plan's zone"},
    {"program", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, program),
     .help = "this program only, by its key: ECM"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json), .help = "one JSON object"},
    HO_CTL_PLAN_PATHS(struct settings),
};

static const struct ho_option_table table = {
    .program = "handoffctl eligibility",
    .arguments = "MEMBER",
    .summary = "Shows which programs a member may join on a date, with every criterion and the numbers that count.\n"
               "Exit status: 0 the member may join one, 3 none, 1 it cannot be told, 2 wrong usage.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

struct answer {
    const struct ho_program *program;
    struct ho_eligibility eligibility;
    bool enrolled; // on the date, and not opted out
};

struct answers {
    const char *member_id;
    uint32_t date;
    const struct ho_zone *zone;
    struct answer *items;
    size_t n;
};

// ---- As text ------------------------------------------------------------------------------------------

static const char *date_words(uint32_t date, char out[16])
{
    snprintf(out, 16, "%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
    return out;
}

static void print_findings(const struct ho_eligibility *e)
{
    const struct ho_population *population = NULL;
    for (size_t i = 0; i < e->n_findings; i++) {
        const struct ho_finding *finding = &e->findings[i];
        if (finding->population != population)
            printf("  %s\n", finding->population->title);
        population = finding->population;
        printf("    %-3s  %-10s  %s\n", finding->holds ? "yes" : "no", finding->criterion, finding->text);
    }
}

static void print_text(const struct answers *answers)
{
    char on[16], since[16];
    for (size_t i = 0; i < answers->n; i++) {
        const struct answer *answer = &answers->items[i];
        const struct ho_eligibility *e = &answer->eligibility;
        printf("%s%s (%s), %s on %s: %s", i ? "\n" : "", answer->program->title, answer->program->key,
               answers->member_id, date_words(answers->date, on),
               answer->enrolled ? "is enrolled; " : "is not enrolled; ");
        if (e->lifted_by)
            printf("qualifies since %s: %s\n",
                   date_words(ho_zone_date(answers->zone, e->lifted_by->change.occurred), since), e->population->title);
        else
            printf("%s%s\n", e->eligible ? "qualifies: " : "does not qualify", e->eligible ? e->population->title : "");
        print_findings(e);
    }
}

// ---- As JSON ------------------------------------------------------------------------------------------

static json_t *must(json_t *value)
{
    if (!value)
        abort(); // out of memory, as everywhere
    return value;
}

static json_t *lift_of(const struct answers *answers, const struct ho_transition *t)
{
    char id[2 * HO_ID_BYTES + 1], at[HO_TIME_TEXT_BYTES];
    if (!t)
        return must(json_null());
    ho_hex(t->change.id, HO_ID_BYTES, id);
    return must(json_pack("{s:s, s:s, s:s, s:s}", "transition", id, "from", ho_setting_name(t->from), "to",
                          ho_setting_name(t->to), "occurred", ho_time_format(t->change.occurred, answers->zone, at)));
}

static json_t *findings_of(const struct ho_eligibility *e)
{
    json_t *list = must(json_array());
    for (size_t i = 0; i < e->n_findings; i++) {
        const struct ho_finding *f = &e->findings[i];
        json_array_append_new(
            list, must(json_pack("{s:s?, s:s, s:b, s:s}", "population", f->population ? f->population->key : NULL,
                                 "criterion", f->criterion, "holds", f->holds, "text", f->text)));
    }
    return list;
}

static json_t *answer_of(const struct answers *answers, const struct answer *answer)
{
    const struct ho_eligibility *e = &answer->eligibility;
    return must(json_pack("{s:s, s:s, s:b, s:b, s:s?, s:o, s:o}", "program", answer->program->key, "title",
                          answer->program->title, "enrolled", answer->enrolled, "eligible", e->eligible, "population",
                          e->population ? e->population->key : NULL, "lifted_by", lift_of(answers, e->lifted_by),
                          "findings", findings_of(e)));
}

static void print_json(const struct answers *answers)
{
    char on[16];
    json_t *programs = must(json_array());
    for (size_t i = 0; i < answers->n; i++)
        json_array_append_new(programs, answer_of(answers, &answers->items[i]));
    json_t *page = must(json_pack("{s:s, s:s, s:o}", "member", answers->member_id, "date",
                                  date_words(answers->date, on), "programs", programs));
    if (json_dumpf(page, stdout, JSON_COMPACT) != 0)
        abort();
    json_decref(page);
    putchar('\n');
}

// ---- The answer ---------------------------------------------------------------------------------------

static void answer(struct ho_arena *arena, const struct ho_plan_files *files, const struct ho_member_state *state,
                   const char *only, struct answers *out)
{
    struct ho_encounters encounters;
    struct ho_line line;
    size_t n;
    const struct ho_program *const *programs = ho_program_set_items(files->programs, &n);
    const struct ho_line_rules rules = ho_line_rules_default(out->zone);
    ho_encounters_fold(arena, state->events, state->n_events, &encounters);
    if (!state->shares_part2)
        ho_encounters_withhold(&encounters);
    const struct ho_plan_input input = {
        .protocols = files->protocols,
        .n_protocols = files->n_protocols,
        .work = state->work,
        .n_work = state->n_work,
        .now = ho_zone_day_end(out->zone, out->date) - 1,
    };
    ho_plan_line(arena, &encounters, &input, &rules, &line);
    out->items = ho_arena_array(arena, n, sizeof *out->items);
    for (size_t i = 0; i < n; i++) {
        struct answer *one = &out->items[out->n];
        if (*only && strcmp(programs[i]->key, only) != 0)
            continue;
        one->program = programs[i];
        one->enrolled =
            ho_standing_on(state->enrolments, state->n_enrolments, programs[i]->key, out->date, out->date).standing ==
            HO_STANDING_SERVED;
        ho_program_eligibility(arena, programs[i], state->facts, &line, ho_code_set_codes(files->codes), out->zone,
                               out->date, &one->eligibility);
        out->n++;
    }
}

static enum ho_status read_member(const char *database_url, struct ho_arena *arena, const char *member_id,
                                  struct ho_member_state *state, struct ho_error *error)
{
    struct ho_planner_member *member = ho_arena_alloc(arena, sizeof *member);
    struct ho_pg *pg = ho_pg_new(database_url, table.program);
    member->member_id = member_id;
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_state_read(pg, arena, member, 1, state, error);
    if (status == HO_OK && !state->facts)
        status = ho_fail(error, HO_REJECT, "there is no such member in the roster");
    ho_pg_free(pg);
    return status;
}

static bool any_may_join(const struct answers *answers)
{
    for (size_t i = 0; i < answers->n; i++) {
        if (answers->items[i].eligibility.eligible)
            return true;
    }
    return false;
}

static int run(const struct settings *settings, const struct ho_plan_files *files, struct answers *answers)
{
    struct ho_error error = {0};
    struct ho_member_state state;
    struct ho_arena *arena = ho_arena_new(0);
    int exit_status = HO_EXIT_FAILED;
    if (read_member(settings->database_url, arena, answers->member_id, &state, &error) != HO_OK) {
        ho_ctl_failed(&table, &error);
        goto done;
    }
    answer(arena, files, &state, settings->program, answers);
    if (answers->n == 0) {
        exit_status = ho_ctl_misused(&table, "--program: there is no program \"%s\"", settings->program);
        goto done;
    }
    (settings->json ? print_json : print_text)(answers);
    exit_status = any_may_join(answers) ? HO_EXIT_OK : EXIT_MAY_JOIN_NONE;
done:
    ho_arena_free(arena);
    return exit_status;
}

static uint32_t today_in(const struct ho_zone *zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ho_zone_date(zone, (int64_t)now.tv_sec * HO_US_PER_SECOND);
}

int ho_ctl_eligibility(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_plan_files files;
    int first = ho_ctl_options(&table, argc, argv, &settings);
    uint32_t on = *settings.on ? ho_date_parse(ho_bytes_of(settings.on)) : 0;
    if (argc - first != 1)
        return ho_ctl_misused(&table, "give one member's id");
    if (*settings.on && !on)
        return ho_ctl_misused(&table, "--on: give a date as 2026-11-22");
    if (ho_plan_files_load(&settings.paths, &files, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    struct answers answers = {.member_id = argv[first], .date = on ? on : today_in(files.zone), .zone = files.zone};
    int exit_status = run(&settings, &files, &answers);
    ho_plan_files_cleanup(&files);
    return exit_status;
}

// Programs: where and when they run, for whom, and who may join.
#include <strings.h>

#include "program_internal.h"

static const char *const USES[HO_USES] = {
    [HO_USE_INPATIENT] = "inpatient-stays",
    [HO_USE_UNPLANNED_STAY] = "unplanned-stays",
    [HO_USE_ED] = "ed-visits",
    [HO_USE_INPATIENT_DIAGNOSED] = "inpatient-stays-diagnosed",
    [HO_USE_ED_DIAGNOSED] = "ed-visits-diagnosed",
};

const char *ho_use_name(enum ho_use use)
{
    return USES[use];
}

bool ho_use_from_name(struct ho_bytes name, enum ho_use *out)
{
    for (int i = 0; i < HO_USES; i++) {
        if (ho_bytes_is(name, USES[i])) {
            *out = (enum ho_use)i;
            return true;
        }
    }
    return false;
}

const char *ho_criterion_name(enum ho_criterion criterion)
{
    static const char *const names[HO_CRITERIA] = {"who", "conditions", "acuity"};
    return names[criterion];
}

// ---- Where and when -----------------------------------------------------------------------------------

// Whatever its case, with or without the word "County" behind it.
static bool same_county(const char *a, const char *b)
{
    const char *shorter = strlen(a) < strlen(b) ? a : b, *longer = shorter == a ? b : a;
    size_t n = strlen(shorter);
    return strncasecmp(shorter, longer, n) == 0 && (!longer[n] || strcasecmp(longer + n, " county") == 0);
}

static const char *county_of(const struct ho_program *program, const ho_member *member)
{
    return member && *member->county ? member->county : program->default_county;
}

// The opening of the county, else that of any other; NULL where there is none.
static const struct ho_opening *opening_in(const struct ho_population *population, const char *county)
{
    const struct ho_opening *any = NULL;
    for (size_t i = 0; i < population->n_openings; i++) {
        const struct ho_opening *opening = &population->openings[i];
        if (!*opening->county)
            any = opening;
        else if (same_county(county, opening->county))
            return opening;
    }
    return any;
}

static bool within(uint32_t date, uint32_t from, uint32_t to)
{
    return date >= from && (!to || date <= to);
}

static bool is_open(const struct ho_program *program, const struct ho_population *population, const ho_member *member,
                    uint32_t date)
{
    const struct ho_opening *opening = opening_in(population, county_of(program, member));
    return opening && within(date, opening->from, opening->to);
}

// ---- Tests --------------------------------------------------------------------------------------------

static bool has_conditions(const struct ho_test *test, uint64_t conditions)
{
    return !test->conditions || __builtin_popcountll(test->conditions & conditions) >= test->at_least;
}

// All of the test but the use of care.
static bool facts_hold(const struct ho_test *test, const ho_member *member, uint64_t conditions, uint32_t date)
{
    const struct ho_facts facts = {.member = member, .conditions = conditions, .date = date};
    return !test->by_person && has_conditions(test, conditions) && ho_clauses_hold(test->when, test->n_when, &facts);
}

static bool any_facts_hold(const struct ho_tests *tests, const ho_member *member, uint64_t conditions, uint32_t date)
{
    for (size_t i = 0; i < tests->n; i++) {
        if (facts_hold(&tests->items[i], member, conditions, date))
            return true;
    }
    return tests->n == 0;
}

bool ho_program_runs(const struct ho_program *program, const ho_member *member, uint64_t conditions, uint32_t date)
{
    bool belongs = false, some_open = false;
    if (!within(date, program->from, program->to))
        return false;
    for (size_t i = 0; i < program->n_populations; i++) {
        const struct ho_population *p = &program->populations[i];
        bool open = is_open(program, p, member, date);
        if (any_facts_hold(&p->criteria[HO_CRITERION_WHO], member, conditions, date) &&
            any_facts_hold(&p->criteria[HO_CRITERION_CONDITIONS], member, conditions, date)) {
            belongs = true;
            if (open)
                return true;
        }
        some_open = some_open || open;
    }
    return !belongs && some_open;
}

// ---- Who may join -------------------------------------------------------------------------------------

static bool test_holds(const struct ho_test *test, const struct ho_use_history *history, const struct ho_moment *at,
                       uint64_t conditions)
{
    return facts_hold(test, history->member, conditions, at->date) &&
           (!test->count || ho_use_count(history, test, at) >= test->count);
}

static bool any_holds(const struct ho_tests *tests, const struct ho_use_history *history, const struct ho_moment *at,
                      uint64_t conditions)
{
    for (size_t i = 0; i < tests->n; i++) {
        if (test_holds(&tests->items[i], history, at, conditions))
            return true;
    }
    return tests->n == 0;
}

static bool holds(const struct ho_program *program, const struct ho_population *population,
                  const struct ho_use_history *history, const struct ho_moment *at, uint64_t conditions)
{
    bool all = is_open(program, population, history->member, at->date);
    for (int c = 0; all && c < HO_CRITERIA; c++)
        all = any_holds(&population->criteria[c], history, at, conditions);
    return all;
}

static bool has_died(const struct ho_use_history *history, const struct ho_moment *at)
{
    for (size_t i = 0; i < at->transitions; i++) {
        if (history->line->transitions[i].to == HO_SETTING_DIED)
            return true;
    }
    return false;
}

const struct ho_population *ho_program_population(const struct ho_program *program,
                                                  const struct ho_use_history *history, const struct ho_moment *at)
{
    uint64_t conditions = ho_use_conditions(history, at);
    if (!within(at->date, program->from, program->to) || has_died(history, at))
        return NULL;
    for (size_t i = 0; i < program->n_populations; i++) {
        if (holds(program, &program->populations[i], history, at, conditions))
            return &program->populations[i];
    }
    return NULL;
}

// The transition with whose count the population began to hold for the date; NULL where it did before all of them.
static const struct ho_transition *lifted_by(const struct ho_program *program, const struct ho_population *population,
                                             const struct ho_use_history *history, const struct ho_moment *end)
{
    struct ho_moment before = {.date = end->date, .until = INT64_MIN};
    if (holds(program, population, history, &before, ho_use_conditions(history, &before)))
        return NULL;
    for (size_t i = 0; i < end->transitions; i++) {
        struct ho_moment at = ho_moment_after(history, i, end->date);
        if (holds(program, population, history, &at, ho_use_conditions(history, &at)))
            return &history->line->transitions[i];
    }
    return NULL;
}

// ---- Findings -----------------------------------------------------------------------------------------

struct findings {
    struct ho_finding *items;
    size_t n, capacity;
};

struct asking {
    struct ho_arena *arena;
    const struct ho_program *program;
    const struct ho_use_history *history;
    const struct ho_codes *codes;
    struct ho_moment at;
    uint64_t conditions;
    struct findings findings;
};

static void find(struct asking *a, const struct ho_population *population, const char *criterion, bool does_hold,
                 const char *text)
{
    struct ho_finding *finding = ho_arena_push(a->arena, &a->findings, sizeof *finding);
    *finding = (struct ho_finding){population, criterion, does_hold, text};
}

static const char *opening_words(const struct asking *a, const struct ho_opening *opening, const char *county)
{
    const char *where = *county ? county : "any county";
    if (!opening)
        return ho_arena_printf(a->arena, "Not offered in %s.", where);
    if (a->at.date < opening->from)
        return ho_arena_printf(a->arena, "Opens in %s on %s.", where, ho_date_text(a->arena, opening->from));
    if (!within(a->at.date, opening->from, opening->to))
        return ho_arena_printf(a->arena, "Ended in %s with %s.", where, ho_date_text(a->arena, opening->to));
    return ho_arena_printf(a->arena, "Open in %s since %s.", where, ho_date_text(a->arena, opening->from));
}

static const char *condition_words(const struct asking *a, const struct ho_test *test)
{
    uint64_t known = test->conditions & a->conditions;
    int n = __builtin_popcountll(known);
    const char *names = "";
    for (size_t i = 0; a->codes && i < a->codes->n; i++) {
        if (known >> i & 1)
            names = ho_arena_printf(a->arena, "%s%s%s", names, *names ? ", " : "", a->codes->groups[i].title);
    }
    return ho_arena_printf(a->arena, "%d of the conditions %s known%s%s%s, %d needed", n, n == 1 ? "is" : "are",
                           n ? " (" : "", names, n ? ")" : "", test->at_least);
}

static const char *use_words(const struct asking *a, const struct ho_test *test)
{
    static const char *const nouns[HO_USES][2] = {
        [HO_USE_INPATIENT] = {"hospital stay", "hospital stays"},
        [HO_USE_UNPLANNED_STAY] = {"unplanned stay", "unplanned stays"},
        [HO_USE_ED] = {"ED visit", "ED visits"},
        [HO_USE_INPATIENT_DIAGNOSED] = {"hospital stay with the diagnosis", "hospital stays with the diagnosis"},
        [HO_USE_ED_DIAGNOSED] = {"ED visit with the diagnosis", "ED visits with the diagnosis"},
    };
    int n = ho_use_count(a->history, test, &a->at);
    return ho_arena_printf(a->arena, "%d %s in %d months, %d needed", n, nouns[test->use][n != 1], test->months,
                           test->count);
}

static void find_test(struct asking *a, const struct ho_population *population, enum ho_criterion criterion,
                      const struct ho_test *test)
{
    const struct ho_facts facts = {.member = a->history->member, .conditions = a->conditions, .date = a->at.date};
    const char *text = test->title, *mark = ": ";
    if (test->conditions) {
        text = ho_arena_printf(a->arena, "%s%s%s", text, mark, condition_words(a, test));
        mark = "; ";
    }
    if (test->n_when) {
        bool known = ho_clauses_hold(test->when, test->n_when, &facts);
        text = ho_arena_printf(a->arena, "%s%s%s", text, mark, known ? "what is known says so" : "not known to be so");
        mark = "; ";
    }
    if (test->count)
        text = ho_arena_printf(a->arena, "%s%s%s", text, mark, use_words(a, test));
    if (test->by_person)
        text = ho_arena_printf(a->arena, "%s%s%s", text, mark, "a person has to find out");
    find(a, population, ho_criterion_name(criterion), test_holds(test, a->history, &a->at, a->conditions),
         ho_arena_printf(a->arena, "%s.", text));
}

static void find_population(struct asking *a, const struct ho_population *population)
{
    const char *county = county_of(a->program, a->history->member);
    find(a, population, "open", is_open(a->program, population, a->history->member, a->at.date),
         opening_words(a, opening_in(population, county), county));
    for (int c = 0; c < HO_CRITERIA; c++) {
        for (size_t i = 0; i < population->criteria[c].n; i++)
            find_test(a, population, (enum ho_criterion)c, &population->criteria[c].items[i]);
    }
}

static void find_program(struct asking *a)
{
    const struct ho_program *p = a->program;
    const char *from = ho_date_text(a->arena, p->from);
    find(a, NULL, "open", within(a->at.date, p->from, p->to),
         p->to ? ho_arena_printf(a->arena, "%s runs from %s to %s.", p->title, from, ho_date_text(a->arena, p->to))
               : ho_arena_printf(a->arena, "%s runs from %s.", p->title, from));
    if (has_died(a->history, &a->at))
        find(a, NULL, "who", false, "A death is reported.");
}

void ho_program_eligibility(struct ho_arena *arena, const struct ho_program *program, const ho_member *member,
                            const struct ho_line *line, const struct ho_codes *codes, const struct ho_zone *zone,
                            uint32_t date, struct ho_eligibility *out)
{
    struct ho_use_history history;
    ho_use_history_make(arena, member, line, codes, zone, &history);
    struct asking a = {.arena = arena, .program = program, .history = &history, .codes = codes};
    a.at = ho_moment_end_of(&history, date);
    a.conditions = ho_use_conditions(&history, &a.at);
    find_program(&a);
    for (size_t i = 0; i < program->n_populations; i++)
        find_population(&a, &program->populations[i]);
    const struct ho_population *population = ho_program_population(program, &history, &a.at);
    *out = (struct ho_eligibility){
        .eligible = population != NULL,
        .population = population,
        .lifted_by = population ? lifted_by(program, population, &history, &a.at) : NULL,
        .findings = a.findings.items,
        .n_findings = a.findings.n,
    };
}

// Conditions: whether what is known about a member and a transition is what a template asks for.
#include <strings.h>

#include "handoff/protocol.h"

static const char *const NAMES[HO_FACTS] = {
    [HO_FACT_FROM] = "from",
    [HO_FACT_TO] = "to",
    [HO_FACT_DESTINATION] = "destination",
    [HO_FACT_DISPOSITION] = "disposition",
    [HO_FACT_DIAGNOSIS] = "diagnosis",
    [HO_FACT_CONDITION] = "condition",
    [HO_FACT_NEED] = "need",
    [HO_FACT_HOMELESS] = "homeless",
    [HO_FACT_PHONE] = "phone",
    [HO_FACT_LANGUAGE] = "language",
    [HO_FACT_RISK] = "risk",
    [HO_FACT_PREGNANT] = "pregnant",
    [HO_FACT_AGE] = "age",
    [HO_FACT_FLAG] = "flag",
    [HO_FACT_COUNTY] = "county",
};

const char *ho_fact_name(enum ho_fact fact)
{
    return NAMES[fact];
}

bool ho_fact_from_name(struct ho_bytes name, enum ho_fact *out)
{
    for (int i = 0; i < HO_FACTS; i++) {
        if (ho_bytes_is(name, NAMES[i])) {
            *out = (enum ho_fact)i;
            return true;
        }
    }
    return false;
}

// ---- Words ----------------------------------------------------------------------------------------------

static bool is_among(const struct ho_clause *clause, const char *word)
{
    for (size_t i = 0; i < clause->n_words; i++) {
        if (strcasecmp(clause->words[i], word) == 0)
            return true;
    }
    return false;
}

static bool has_need(const struct ho_clause *clause, const ho_member *member)
{
    for (size_t i = 0; i < member->n_needs; i++) {
        if (is_among(clause, member->needs[i]))
            return true;
    }
    return false;
}

// The first part of a language tag: "es" of "es-MX".
static bool speaks(const struct ho_clause *clause, const char *language)
{
    size_t n = strcspn(language, "-_");
    for (size_t i = 0; i < clause->n_words; i++) {
        if (strlen(clause->words[i]) == n && strncasecmp(clause->words[i], language, n) == 0)
            return true;
    }
    return n == 0 && is_among(clause, "unknown");
}

static const char *or_unknown(const char *word)
{
    return *word ? word : "unknown";
}

static bool is_of_age(const struct ho_clause *clause, uint32_t birth_date, uint32_t date)
{
    int age = ((int)date - (int)birth_date) / 10000;
    return birth_date && birth_date <= date && age >= clause->least && age <= clause->most;
}

// ---- Facts ----------------------------------------------------------------------------------------------

static bool holds_of_member(const struct ho_clause *clause, const struct ho_facts *facts)
{
    const ho_member *m = facts->member;
    uint32_t date = facts->date;
    switch (clause->fact) {
    case HO_FACT_NEED:
        return has_need(clause, m);
    case HO_FACT_HOMELESS:
        return is_among(clause, or_unknown(m->homeless));
    case HO_FACT_PHONE:
        return is_among(clause, *m->phone ? "known" : "none");
    case HO_FACT_LANGUAGE:
        return speaks(clause, m->language);
    case HO_FACT_RISK:
        return is_among(clause, or_unknown(m->risk));
    case HO_FACT_PREGNANT:
        return is_among(clause, m->pregnant_until >= date || (facts->conditions & facts->pregnancy) ? "yes" : "no");
    case HO_FACT_AGE:
        return is_of_age(clause, m->birth_date, date);
    case HO_FACT_COUNTY:
        return is_among(clause, m->county);
    case HO_FACT_FROM:
    case HO_FACT_TO:
    case HO_FACT_DESTINATION:
    case HO_FACT_DISPOSITION:
    case HO_FACT_DIAGNOSIS:
    case HO_FACT_CONDITION:
    case HO_FACT_FLAG:
    case HO_FACTS:
        break;
    }
    return false;
}

// How a stay ends is a fact of its end, and of no earlier transition in it.
static bool holds_of_transition(const struct ho_clause *clause, const struct ho_transition *t)
{
    switch (clause->fact) {
    case HO_FACT_FROM:
        return clause->mask & (UINT64_C(1) << t->from);
    case HO_FACT_TO:
        return clause->mask & ho_transition_to(t);
    case HO_FACT_DESTINATION:
        return ho_transition_is_leaving(t) && (clause->mask & (UINT64_C(1) << t->encounter->destination));
    case HO_FACT_DISPOSITION:
        return ho_transition_is_leaving(t) && is_among(clause, t->encounter->disposition);
    case HO_FACT_FLAG:
        return clause->mask & t->flags;
    case HO_FACT_DIAGNOSIS:
    case HO_FACT_CONDITION:
    case HO_FACT_NEED:
    case HO_FACT_HOMELESS:
    case HO_FACT_PHONE:
    case HO_FACT_LANGUAGE:
    case HO_FACT_RISK:
    case HO_FACT_PREGNANT:
    case HO_FACT_AGE:
    case HO_FACT_COUNTY:
    case HO_FACTS:
        break;
    }
    return false;
}

static bool holds(const struct ho_clause *clause, const struct ho_facts *facts)
{
    if (clause->fact == HO_FACT_DIAGNOSIS)
        return clause->mask & facts->diagnoses;
    if (clause->fact == HO_FACT_CONDITION)
        return clause->mask & facts->conditions;
    return (facts->transition && holds_of_transition(clause, facts->transition)) ||
           (facts->member && holds_of_member(clause, facts));
}

bool ho_clauses_hold(const struct ho_clause *clauses, size_t n, const struct ho_facts *facts)
{
    for (size_t i = 0; i < n; i++) {
        if (holds(&clauses[i], facts) == clauses[i].unless)
            return false;
    }
    return true;
}

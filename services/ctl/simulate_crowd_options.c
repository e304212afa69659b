#include <string.h>

#include "simulate_crowd.h"
#include "simulate_values.h"

enum { MOST_MEMBERS = 5000000, MOST_QUERIES = 5000000 };

const char ho_crowd_help[] =
    "Usage: handoffctl simulate people --mix hard|everyday --out DIR [--seed N] [--members N]\n"
    "                                  [--queries N] [--date YYYY-MM-DD]\n"
    "\n"
    "Invents the members of a plan in their households, and what hospitals' feeds say of members and of\n"
    "others, to judge a matcher by. Writes three files into DIR:\n"
    "  roster.csv   the members, with the fields that a plan's file leaves blank left blank\n"
    "  queries.csv  one person of a feed's message a line, for `handoffctl match try`\n"
    "  truth.csv    for each query its member_id, blank where it is nobody's, and its kind: for members the\n"
    "               noises joined by +, or clean; for others in what way they look like a member\n"
    "The same options write the same bytes on every machine. Names, numbers and addresses are drawn at random.\n"
    "\n"
    "  --mix MIX          hard: two thirds members through noisy feeds, a third others, nine in ten of whom\n"
    "                     look like a member; everyday: 30 % members, most of them told without fault,\n"
    "                     65 % strangers, 5 % who look like a member\n"
    "  --out DIR          the folder, made where it is missing; files there are replaced\n"
    "  --seed N           what to invent from, 0 to 18446744073709551615 (default 1)\n"
    "  --members N        members on the roster, 100 to 5000000 (default 1000000)\n"
    "  --queries N        queries, 1 to 5000000 (default 200000)\n"
    "  --date YYYY-MM-DD  the day of the messages, 2000-01-01 to 2099-12-31 (default 2026-11-22)\n"
    "  --help             this text\n"
    "\n"
    "Kinds of others: absent-twin, parent-or-child-of-one-name, sibling, spouse, in-law, same-name-near-birth,\n"
    "same-name-same-birth, new-tenant, neighbour, newborn, card-of-another, unknown-or-test, stranger, and\n"
    "nobody-can-decide. A member's kind holds undecidable where too little is left to say who it is.\n"
    "Needs at most 40 bytes of memory a member.\n";

static enum ho_status read_mix(const char *text, struct ho_crowd_options *out, struct ho_error *error)
{
    if (strcmp(text, "hard") != 0 && strcmp(text, "everyday") != 0)
        return ho_fail(error, HO_REJECT, "--mix %.40s: give hard or everyday.", text);
    out->mix = text[0] == 'h' ? HO_CROWD_HARD : HO_CROWD_EVERYDAY;
    return HO_OK;
}

static enum ho_status read_option(const char *name, const char *value, struct ho_crowd_options *out, bool *mixed,
                                  struct ho_error *error)
{
    if (strcmp(name, "--mix") == 0) {
        *mixed = true;
        return read_mix(value, out, error);
    }
    if (strcmp(name, "--seed") == 0)
        return ho_sim_read_seed(value, &out->seed, error);
    if (strcmp(name, "--members") == 0)
        return ho_sim_read_count(name, value, 100, MOST_MEMBERS, &out->members, error);
    if (strcmp(name, "--queries") == 0)
        return ho_sim_read_count(name, value, 1, MOST_QUERIES, &out->queries, error);
    if (strcmp(name, "--date") == 0)
        return ho_sim_read_date(value, 2000, 2099, &out->date, error);
    if (strcmp(name, "--out") == 0) {
        out->out = value;
        return HO_OK;
    }
    return ho_fail(error, HO_REJECT, "%.60s: there is no such option; see handoffctl simulate people --help.", name);
}

enum ho_status ho_crowd_options_read(int argc, char **argv, struct ho_crowd_options *out, bool *wants_help,
                                     struct ho_error *error)
{
    bool mixed = false;
    *out = (struct ho_crowd_options){.seed = 1, .members = 1000000, .queries = 200000};
    out->date = ho_sim_day_of((struct ho_sim_date){2026, 11, 22});
    *wants_help = false;
    for (int i = 0; i < argc; i += 2) {
        *wants_help = strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
        if (*wants_help)
            return HO_OK;
        if (i + 1 == argc)
            return ho_fail(error, HO_REJECT,
                           "%.60s: a value is missing, or there is no such option; see handoffctl simulate people "
                           "--help.",
                           argv[i]);
        enum ho_status status = read_option(argv[i], argv[i + 1], out, &mixed, error);
        if (status != HO_OK)
            return status;
    }
    if (!mixed)
        return ho_fail(error, HO_REJECT, "--mix is missing: say hard or everyday.");
    if (!out->out || !*out->out)
        return ho_fail(error, HO_REJECT, "--out is missing: say which folder the files are to be written to.");
    return HO_OK;
}

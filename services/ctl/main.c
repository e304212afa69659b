// handoffctl: handoff for operators and scripts. One command a word or two; each has its own --help.
#include "command.h"
#include "simulate.h"
#include "simulate_crowd.h"

#include <stdio.h>
#include <string.h>

static int run_simulate(int argc, char **argv)
{
    return ho_simulate_main(argc - 1, argv + 1);
}

static int run_simulate_people(int argc, char **argv)
{
    return ho_crowd_main(argc - 1, argv + 1);
}

static const struct ho_command commands[] = {
    {"migrate", "bring the database's tables to this version, or show what is missing", ho_ctl_migrate},
    {"topics apply", "create the Kafka topics that are missing and check the others", ho_ctl_topics_apply},
    {"topics list", "show the topics and how much they hold", ho_ctl_topics_list},
    {"retention", "show how long things are kept and how old the oldest are; exit 0 only when as stated",
     ho_ctl_retention},
    {"roster import", "load members and enrolments from a CSV or X12 834 file", ho_ctl_roster_import},
    {"roster team", "load care teams from a CSV file", ho_ctl_roster_team},
    {"roster staff", "load who coordinates, who stands in, and who is away", ho_ctl_roster_staff},
    {"roster sign-up", "write down that a member has signed up for a program", ho_ctl_roster_sign_up},
    {"roster opt-out", "write down that a member has opted out of a program", ho_ctl_roster_opt_out},
    {"roster opt-in", "take such a word back", ho_ctl_roster_opt_in},
    {"roster consent", "write down whether a member agrees to share", ho_ctl_roster_consent},
    {"review list", "list what a person has to decide", ho_ctl_review_list},
    {"review show", "show one item with both sides", ho_ctl_review_show},
    {"review decide", "say who the patient of an item is", ho_ctl_review_decide},
    {"review undo", "take a patient's events from a member", ho_ctl_review_undo},
    {"review links", "show which patients are known to be whom", ho_ctl_review_links},
    {"send", "send HL7 messages over MLLP or straight to Kafka", ho_ctl_send},
    {"rejected list", "list the messages that could not be read, and why", ho_ctl_rejected_list},
    {"rejected show", "show one of them", ho_ctl_rejected_show},
    {"rejected replay", "put them back, once they can be read", ho_ctl_rejected_replay},
    {"eligibility", "show which programs a member may join on a date, and why", ho_ctl_eligibility},
    {"tasks", "list tasks", ho_ctl_tasks},
    {"measures", "show how many transitions were followed up in time", ho_ctl_measures},
    {"feeds", "show which feeds send as they used to; exit 1 where any is silent", ho_ctl_feeds},
    {"ledger", "account for every message; exit 0 only when all is balanced and done", ho_ctl_ledger},
    {"summary", "show what was found, what is to be done and who was told", ho_ctl_summary},
    {"rebuild", "make all that is derived again from the kept events, while the services go on", ho_ctl_rebuild},
    {"explain", "show what HL7 messages lead to, without any server", ho_ctl_explain},
    {"protocol check", "check protocols, and show what they contain", ho_ctl_protocol_check},
    {"protocol diff", "show what another version of a protocol would change", ho_ctl_protocol_diff},
    {"match try", "show how queries from a file would be matched with a roster, without any server", ho_ctl_match_try},
    {"match train", "estimate the weights of matching from a roster and queries", ho_ctl_match_train},
    {"match weights", "print the built-in weights of matching", ho_ctl_match_weights},
    {"simulate people", "invent a roster and what feeds say of people, to judge a matcher by", run_simulate_people},
    {"simulate", "invent members, ADT traffic and the truth about it", run_simulate},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int print_usage(FILE *out, int status)
{
    fputs("handoffctl: looks after handoff from a terminal or a script.\n\nUsage: handoffctl COMMAND "
          "[...]\n\nCommands:\n",
          out);
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-15s  %s\n", commands[i].name, commands[i].summary);
    fputs("\n'handoffctl COMMAND --help' tells more about one. Exit status: 0 done, 1 failed or not balanced, 2 wrong "
          "usage.\n",
          out);
    return status;
}

// How many words of the command line are the command's name; 0 where they are not.
static int words_of(const char *name, int argc, char **argv)
{
    const char *blank = strchr(name, ' ');
    size_t first = blank ? (size_t)(blank - name) : strlen(name);
    if (argc < 2 || strlen(argv[1]) != first || strncmp(argv[1], name, first) != 0)
        return 0;
    if (!blank)
        return 1;
    return argc > 2 && strcmp(argv[2], blank + 1) == 0 ? 2 : 0;
}

// The commands that begin with the word, for one that has several.
static int print_family(const char *word)
{
    bool found = false;
    for (int i = 0; i < N_COMMANDS; i++) {
        const char *blank = strchr(commands[i].name, ' ');
        if (!blank || strncmp(commands[i].name, word, strlen(word)) != 0 || commands[i].name[strlen(word)] != ' ')
            continue;
        if (!found)
            fprintf(stderr, "handoffctl: '%s' needs one more word:\n", word);
        found = true;
        fprintf(stderr, "  %-15s  %s\n", commands[i].name, commands[i].summary);
    }
    if (!found)
        fprintf(stderr, "handoffctl: there is no command '%s'.\nTry 'handoffctl --help'.\n", word);
    return HO_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_usage(stderr, HO_EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return print_usage(stdout, HO_EXIT_OK);
    if (strcmp(argv[1], "--version") == 0)
        return printf("handoffctl %s\n", HO_VERSION) < 0;
    for (int i = 0; i < N_COMMANDS; i++) {
        int words = words_of(commands[i].name, argc, argv);
        if (words)
            return commands[i].run(argc - words, argv + words);
    }
    return print_family(argv[1]);
}

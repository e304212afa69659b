// handoffctl review: what the matcher could not decide, and what people say about it.
#include "review_text.h"

#include "handoff/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settings {
    const char *database_url, *state, *status, *zone, *member, *note, *by, *facility, *mrn, *identity, *to;
    int64_t limit, version;
    bool json, to_nobody;
};

#define AT(field) .offset = offsetof(struct settings, field)
static const char *const states[] = {"review", "held", NULL}, *const statuses[] = {"", "open", "needs-more", NULL};

static const struct ho_option list_options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"state", HO_OPTION_TEXT, "review", AT(state), .choices = states,
     .help = "review: a person decides; held: waits for more about the same patient"},
    {"status", HO_OPTION_TEXT, "", AT(status), .choices = statuses, .help = "only open or needs-more"},
    {"limit", HO_OPTION_INTEGER, "50", 1, HO_REVIEW_PAGE_MOST, AT(limit), .help = "how many at most"},
    {"json", HO_OPTION_BOOLEAN, "no", AT(json), .help = "one JSON object a line"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone), .help = "time zone of the table; JSON is in UTC"},
};
static const struct ho_option show_options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"json", HO_OPTION_BOOLEAN, "no", AT(json), .help = "as one JSON object"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone), .help = "the plan's time zone"},
};
static const struct ho_option decide_options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"member", HO_OPTION_TEXT, "", AT(member),
     .help = "who it is or is not, by member id; with --seen it may be left out where there is one candidate"},
    {"note", HO_OPTION_TEXT, "", AT(note), .help = "why, for those who look later"},
    {"seen", HO_OPTION_INTEGER, "-1", -1, 999999999999999, AT(version),
     .help = "version of the item as 'review show' told it: refused where it has changed since; -1: as it is now, "
             "and then --member must say whom"},
    {"by", HO_OPTION_TEXT, "", AT(by), .help = "who decides; default: the user of this terminal"},
};
static const struct ho_option undo_options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"member", HO_OPTION_TEXT, NULL, AT(member), .help = "who it is not, or was ruled out, by member id"},
    {"identity", HO_OPTION_TEXT, "", AT(identity), .help = "the identity, by its id"},
    {"facility", HO_OPTION_TEXT, "", AT(facility), .help = "the identity, by facility and --mrn"},
    {"mrn", HO_OPTION_TEXT, "", AT(mrn), .help = "the identity's medical record number there"},
    {"to", HO_OPTION_TEXT, "", AT(to), .help = "who it is, by member id"},
    {"to-nobody", HO_OPTION_BOOLEAN, "no", AT(to_nobody), .help = "it is nobody of ours, or nobody knows"},
    {"note", HO_OPTION_TEXT, NULL, AT(note), .help = "why the link is wrong"},
    {"by", HO_OPTION_TEXT, "", AT(by), .help = "who decides; default: the user of this terminal"},
};
static const struct ho_option links_options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"member", HO_OPTION_TEXT, "", AT(member), .help = "of this member, by member id"},
    {"facility", HO_OPTION_TEXT, "", AT(facility), .help = "of the identity with this facility and --mrn"},
    {"mrn", HO_OPTION_TEXT, "", AT(mrn), .help = "the identity's medical record number there"},
    {"json", HO_OPTION_BOOLEAN, "no", AT(json), .help = "one JSON object a line"},
};
#undef AT

static const struct ho_option_table list_table = {
    .program = "handoffctl review list",
    .summary = "Lists what waits for a decision, the oldest first.",
    .options = list_options,
    .n_options = sizeof list_options / sizeof *list_options,
};
static const struct ho_option_table show_table = {
    .program = "handoffctl review show",
    .summary = "Shows one item: the patient as the message tells it, and each candidate as the roster knows them.",
    .options = show_options,
    .n_options = sizeof show_options / sizeof *show_options,
    .arguments = "ID",
};
static const struct ho_option_table decide_table = {
    .program = "handoffctl review decide",
    .summary = "Says who the patient of an item is. DECISION is one of\n"
               "  same        is --member: all that waits for this patient becomes the member's, now and in future\n"
               "  not-same    is not --member: that candidate is ruled out, and links to them are undone; where the "
               "item says\n"
               "              that the message contradicts the member, it is about this message only\n"
               "  needs-more  cannot be said yet; the item stays",
    .options = decide_options,
    .n_options = sizeof decide_options / sizeof *decide_options,
    .arguments = "ID DECISION",
};
static const struct ho_option_table undo_table = {
    .program = "handoffctl review undo",
    .summary = "Takes a patient's events from a member and gives them to another, or to nobody; the tasks of both are\n"
               "made right. --to the same member takes back that they were ruled out. Name the patient by --identity, "
               "or by --facility and --mrn.",
    .options = undo_options,
    .n_options = sizeof undo_options / sizeof *undo_options,
};
static const struct ho_option_table links_table = {
    .program = "handoffctl review links",
    .summary = "Shows which patients are known to be whom, and how many events are linked.",
    .options = links_options,
    .n_options = sizeof links_options / sizeof *links_options,
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * HO_US_PER_SECOND + now.tv_nsec / 1000;
}

static void print_object(const json_t *object)
{
    if (json_dumpf(object, stdout, JSON_COMPACT) != 0)
        abort();
    putchar('\n');
}

// A command's work with a connection; it prints what it found.
typedef int work(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments);

static int with_database(const struct ho_option_table *table, const struct settings *settings, work *run,
                         char **arguments)
{
    struct ho_error error = {0};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg *pg = ho_pg_new(settings->database_url, table->program);
    int exit_status =
        ho_pg_connect(pg, &error) == HO_OK ? run(pg, arena, settings, arguments) : ho_ctl_failed(table, &error);
    ho_pg_free(pg);
    ho_arena_free(arena);
    return exit_status;
}

static int fail(const struct ho_option_table *table, enum ho_status class, struct ho_error *error, const char *words)
{
    (void)ho_fail(error, class, "%s", words);
    return ho_ctl_failed(table, error);
}

// ---- list, show, links

static int list(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments)
{
    (void)arguments;
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    uint8_t next[HO_REVIEW_CURSOR_BYTES];
    bool more = false;
    json_t *items = NULL, *item;
    size_t i;
    const struct ho_review_question question = {settings->state, settings->status, NULL, settings->limit};
    if (ho_zone_new(settings->zone, &zone, &error) != HO_OK)
        return ho_ctl_misused(&list_table, "--zone: %s", error.text);
    enum ho_status status = ho_review_list(pg, arena, &question, &items, &more, next, &error);
    if (status == HO_OK && !settings->json)
        ho_review_print_list(items, more, zone, now_us());
    json_array_foreach(settings->json ? items : NULL, i, item)
    {
        print_object(item);
    }
    json_decref(items);
    ho_zone_free(zone);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&list_table, &error);
}

static int show(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments)
{
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    struct ho_review_ref ref;
    json_t *item = NULL;
    if (!ho_review_ref_read(arguments[0], &ref))
        return ho_ctl_misused(&show_table, "an item's id has 32 hexadecimal digits, a dot, and 0 to 31");
    if (ho_zone_new(settings->zone, &zone, &error) != HO_OK)
        return ho_ctl_misused(&show_table, "--zone: %s", error.text);
    enum ho_status status = ho_review_show(pg, arena, &ref, zone, now_us(), &item, &error);
    if (item && settings->json)
        print_object(item);
    else if (item)
        ho_review_print_item(item, zone);
    ho_zone_free(zone);
    if (status == HO_OK && !item)
        return fail(&show_table, HO_REJECT, &error, "there is no such item, or none any more");
    json_decref(item);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&show_table, &error);
}

static int links(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments)
{
    (void)arguments;
    struct ho_error error = {0};
    json_t *found = NULL, *identity;
    size_t i;
    const struct ho_review_search search = {settings->member, settings->facility, settings->mrn};
    if (ho_review_links(pg, arena, &search, &found, &error) != HO_OK)
        return ho_ctl_failed(&links_table, &error);
    if (!settings->json)
        ho_review_print_links(found);
    json_array_foreach(settings->json ? found : NULL, i, identity)
    {
        print_object(identity);
    }
    json_decref(found);
    return HO_EXIT_OK;
}

// ---- decide, undo

static int print_outcome(const struct ho_option_table *table, const struct ho_review_outcome *o)
{
    struct ho_error error = {0};
    switch (o->answer) {
    case HO_REVIEW_DONE:
        printf("done: %" PRId64 " events linked, %" PRId64 " moved, %" PRId64 " items closed\n", o->linked, o->moved,
               o->closed);
        if (o->forgotten)
            printf("%" PRId64
                   " events stay with nobody: they were undone so long ago that their messages are deleted\n",
                   o->forgotten);
        return HO_EXIT_OK;
    case HO_REVIEW_NO_ITEM:
        return fail(table, HO_REJECT, &error, "there is no such item, or none any more");
    case HO_REVIEW_DECIDED:
        (void)ho_fail(&error, HO_REJECT, "%s has decided it already: %s", o->by, o->action);
        return ho_ctl_failed(table, &error);
    case HO_REVIEW_CHANGED:
        (void)ho_fail(&error, HO_REJECT, "the item is at version %" PRId64 " now: look at it again", o->version);
        return ho_ctl_failed(table, &error);
    case HO_REVIEW_NO_CANDIDATE:
        return fail(table, HO_REJECT, &error, "--member is none of the item's candidates");
    case HO_REVIEW_NO_MEMBER:
        return fail(table, HO_REJECT, &error, "the member is not in the roster");
    case HO_REVIEW_NO_LINK:
        return fail(
            table, HO_REJECT, &error,
            "nothing of this patient is linked to that member, nor was the member ruled out, or that was so long "
            "ago that it is forgotten");
    case HO_REVIEW_TOO_LATE:
        return fail(
            table, HO_REJECT, &error,
            "the link was undone, and the time for undoing that is over: the messages were deleted, so nothing of "
            "them can be moved any more");
    }
    return HO_EXIT_FAILED;
}

// The only candidate of the item; NULL where it has none or several, "" where there is no such item any more.
static enum ho_status only_candidate(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *ref,
                                     const char **out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    struct ho_bytes *candidates;
    ho_pg_bytea(params, ho_bytes_from(ref->event_id, HO_ID_BYTES));
    ho_pg_int(params, ref->subject);
    *out = "";
    enum ho_status status =
        ho_pg_run(pg, "select candidates from review where event_id = $1 and subject = $2", params, &row, error);
    if (status == HO_OK && ho_pg_rows(row) == 1)
        *out = ho_pg_get_array(row, 0, 0, arena, &candidates) == 1 ? ho_arena_text(arena, candidates[0]) : NULL;
    ho_pg_result_free(row);
    return status;
}

static bool read_decision(const char *word, enum ho_review_decision *out)
{
    for (int i = 0; ho_review_decision_names[i]; i++) {
        *out = (enum ho_review_decision)i;
        if (strcmp(word, ho_review_decision_names[i]) == 0)
            return true;
    }
    return false;
}

static int decide(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments)
{
    struct ho_error error = {0};
    struct ho_review_outcome outcome;
    struct ho_review_request request = {.member_id = settings->member,
                                        .note = settings->note,
                                        .by = ho_ctl_by(settings->by),
                                        .version = settings->version};
    if (!ho_review_ref_read(arguments[0], &request.item))
        return ho_ctl_misused(&decide_table, "an item's id has 32 hexadecimal digits, a dot, and 0 to 31");
    if (!read_decision(arguments[1], &request.decision))
        return ho_ctl_misused(&decide_table, "'%s' is none of same, not-same and needs-more", arguments[1]);
    if (request.decision == HO_REVIEW_NEEDS_MORE)
        request.member_id = "";
    else if (!*request.member_id && request.version == HO_REVIEW_ANY_VERSION)
        return ho_ctl_misused(&decide_table,
                              "give --member, or --seen with the version that 'review show' told: the only "
                              "candidate now need not be whom you saw");
    else if (!*request.member_id && only_candidate(pg, arena, &request.item, &request.member_id, &error) != HO_OK)
        return ho_ctl_failed(&decide_table, &error);
    if (!request.member_id)
        return ho_ctl_misused(&decide_table, "--member: say whom; the item has not just one candidate");
    if (ho_review_decide(pg, arena, &request, &outcome, &error) != HO_OK)
        return ho_ctl_failed(&decide_table, &error);
    return print_outcome(&decide_table, &outcome);
}

static int find_identity(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, int64_t *id)
{
    struct ho_error error = {0};
    bool found = false;
    if (*settings->identity)
        return ho_review_identity_read(settings->identity, id) ? HO_EXIT_OK
                                                               : ho_ctl_misused(&undo_table, "--identity: is no id");
    if (ho_review_identity(pg, arena, settings->facility, settings->mrn, &found, id, &error) != HO_OK)
        return ho_ctl_failed(&undo_table, &error);
    return found ? HO_EXIT_OK
                 : fail(&undo_table, HO_REJECT, &error,
                        "nothing is known of this facility and MRN, or it was so long ago that it is forgotten");
}

static int undo(struct ho_pg *pg, struct ho_arena *arena, const struct settings *settings, char **arguments)
{
    (void)arguments;
    struct ho_error error = {0};
    struct ho_review_outcome outcome;
    struct ho_review_undo request = {0, settings->member, settings->to, settings->note, ho_ctl_by(settings->by)};
    int exit_status = find_identity(pg, arena, settings, &request.identity_id);
    if (exit_status != HO_EXIT_OK)
        return exit_status;
    if (ho_review_undo(pg, arena, &request, &outcome, &error) != HO_OK)
        return ho_ctl_failed(&undo_table, &error);
    return print_outcome(&undo_table, &outcome);
}

// ---- The commands

int ho_ctl_review_list(int argc, char **argv)
{
    struct settings settings = {0};
    ho_ctl_options_only(&list_table, argc, argv, &settings);
    return with_database(&list_table, &settings, list, NULL);
}

int ho_ctl_review_show(int argc, char **argv)
{
    struct settings settings = {0};
    int first = ho_ctl_options(&show_table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&show_table, "give one item");
    return with_database(&show_table, &settings, show, argv + first);
}

int ho_ctl_review_decide(int argc, char **argv)
{
    struct settings settings = {0};
    int first = ho_ctl_options(&decide_table, argc, argv, &settings);
    if (argc - first != 2)
        return ho_ctl_misused(&decide_table, "give an item and a decision");
    return with_database(&decide_table, &settings, decide, argv + first);
}

// Whether the patient is named in one way: by facility and MRN, or by `other`.
static bool names_one(const struct settings *settings, const char *other)
{
    bool facility = *settings->facility != '\0', mrn = *settings->mrn != '\0';
    return *other ? !facility && !mrn : facility && mrn;
}

int ho_ctl_review_undo(int argc, char **argv)
{
    struct settings settings = {0};
    ho_ctl_options_only(&undo_table, argc, argv, &settings);
    if (!names_one(&settings, settings.identity))
        return ho_ctl_misused(&undo_table, "give --identity, or --facility and --mrn");
    if ((*settings.to != '\0') == settings.to_nobody)
        return ho_ctl_misused(&undo_table, "give --to or --to-nobody");
    return with_database(&undo_table, &settings, undo, NULL);
}

int ho_ctl_review_links(int argc, char **argv)
{
    struct settings settings = {0};
    ho_ctl_options_only(&links_table, argc, argv, &settings);
    if (!names_one(&settings, settings.member))
        return ho_ctl_misused(&links_table, "give --member, or --facility and --mrn");
    return with_database(&links_table, &settings, links, NULL);
}

// handoffctl roster sign-up, opt-out, opt-in, consent: a member's own word, written down on the spot.
#include "command.h"

#include "handoff/time.h"
#include "roster/consent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settings {
    const char *database_url, *member, *program, *on, *reason, *by, *zone, *how, *share;
    bool yes, no;
};

#define AT(field) .offset = offsetof(struct settings, field)
#define MEMBER                                                                                                         \
    HO_CTL_DATABASE_URL(struct settings), {"member", HO_OPTION_TEXT, NULL, AT(member), .help = "the member's id"},     \
    {                                                                                                                  \
        "by", HO_OPTION_TEXT, "", AT(by), .help = "who writes it down; default: the user of this terminal"             \
    }
#define COMMON                                                                                                         \
    MEMBER,                                                                                                            \
    {                                                                                                                  \
        "program", HO_OPTION_TEXT, NULL, AT(program), .help = "of which program, as in the roster"                     \
    }
#define REASON                                                                                                         \
    {                                                                                                                  \
        "reason", HO_OPTION_TEXT, NULL, AT(reason), .help = "what was said, and how: kept, and shown to nobody else"   \
    }
#define ON_DATE                                                                                                        \
    {"on", HO_OPTION_TEXT, "", AT(on), .help = "from this date, 2026-11-22; default: today"},                          \
    {                                                                                                                  \
        "zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone),                                                       \
            .help = "the plan's time zone, which says what is today"                                                   \
    }

static const char *const hows[] = {"", "letter", "call", "referral", NULL};

static const struct ho_option out_options[] = {COMMON, REASON, ON_DATE};
static const struct ho_option in_options[] = {COMMON, REASON};
static const struct ho_option sign_up_options[] = {
    COMMON,
    ON_DATE,
    {"how", HO_OPTION_TEXT, "", AT(how), .choices = hows,
     .help = "by the plan's letter, a call, or a provider's referral"},
};
static const char *const shares[] = {"family", "part2", NULL};

static const struct ho_option share_options[] = {
    MEMBER,
    REASON,
    {"share", HO_OPTION_TEXT, NULL, AT(share), .choices = shares,
     .help =
         "family: the family on the care team is told; part2: what 42 CFR Part 2 programmes tell is shown and told"},
    {"yes", HO_OPTION_BOOLEAN, "no", AT(yes), .help = "the member agrees"},
    {"no", HO_OPTION_BOOLEAN, "no", AT(no), .help = "the member does not, or no longer"},
};
#undef AT

static const struct ho_option_table out_table = {
    .program = "handoffctl roster opt-out",
    .summary =
        "Writes down that a member has opted out of a program: open tasks are withdrawn and notices stop, at once\n"
        "or on the date. No roster file takes it back; 'roster opt-in' does.",
    .options = out_options,
    .n_options = sizeof out_options / sizeof *out_options,
};
static const struct ho_option_table in_table = {
    .program = "handoffctl roster opt-in",
    .summary =
        "Takes back what 'roster opt-out' wrote down: the member is served again. An opt-out that the plan's files\n"
        "tell stays, for only the plan changes it.",
    .options = in_options,
    .n_options = sizeof in_options / sizeof *in_options,
};
static const struct ho_option_table sign_up_table = {
    .program = "handoffctl roster sign-up",
    .summary =
        "Writes down that a member has signed up for a program: from the date on they are enrolled, whether or not\n"
        "the plan's files know it yet. No roster file takes it back; 'roster opt-out' ends it.",
    .options = sign_up_options,
    .n_options = sizeof sign_up_options / sizeof *sign_up_options,
};

static const struct ho_option_table share_table = {
    .program = "handoffctl roster consent",
    .summary =
        "Writes down whether a member agrees to share: the last word counts, and all are kept. Without one nothing\n"
        "is shared. What waits to be sent is asked about again before each attempt.",
    .options = share_options,
    .n_options = sizeof share_options / sizeof *share_options,
};

static uint32_t today_in(const struct ho_zone *zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ho_zone_date(zone, (int64_t)now.tv_sec * HO_US_PER_SECOND);
}

static void check_reason(const struct ho_option_table *table, const struct settings *settings)
{
    struct ho_bytes reason = ho_bytes_trim(ho_bytes_of(settings->reason));
    if (!reason.n || reason.n > HO_CONSENT_REASON_BYTES)
        exit(ho_ctl_misused(table, "--reason: give one, of at most %d bytes", HO_CONSENT_REASON_BYTES));
}

static int record(const struct ho_option_table *table, const struct settings *settings, uint32_t opted_out_on)
{
    struct ho_error error = {0};
    uint32_t standing = 0;
    check_reason(table, settings);
    const struct ho_consent consent = {
        .member_id = settings->member,
        .program = settings->program,
        .opted_out_on = opted_out_on,
        .reason = settings->reason,
        .by = ho_ctl_by(settings->by),
    };
    struct ho_pg *pg = ho_pg_new(settings->database_url, table->program);
    enum ho_status status = ho_consent_record(pg, &consent, &standing, &error);
    ho_pg_free(pg);
    if (status != HO_OK)
        return ho_ctl_failed(table, &error);
    if (standing)
        printf("%s is opted out of %s as of %04u-%02u-%02u\n", settings->member, settings->program, standing / 10000,
               standing / 100 % 100, standing % 100);
    else
        printf("%s is not opted out of %s\n", settings->member, settings->program);
    return HO_EXIT_OK;
}

// The date of --on, or today; wrong usage ends the program.
static uint32_t date_of(const struct ho_option_table *table, const struct settings *settings)
{
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    if (ho_zone_new(settings->zone, &zone, &error) != HO_OK)
        exit(ho_ctl_misused(table, "--zone: %s", error.text));
    uint32_t on = *settings->on ? ho_date_parse(ho_bytes_of(settings->on)) : today_in(zone);
    ho_zone_free(zone);
    if (!on)
        exit(ho_ctl_misused(table, "--on: give a date as 2026-11-22"));
    return on;
}

int ho_ctl_roster_sign_up(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&sign_up_table, argc, argv, &settings);
    const struct ho_sign_up sign_up = {
        .member_id = settings.member,
        .program = settings.program,
        .enrolled_from = date_of(&sign_up_table, &settings),
        .how = settings.how,
        .by = ho_ctl_by(settings.by),
    };
    struct ho_pg *pg = ho_pg_new(settings.database_url, sign_up_table.program);
    enum ho_status status = ho_sign_up_record(pg, &sign_up, &error);
    ho_pg_free(pg);
    if (status != HO_OK)
        return ho_ctl_failed(&sign_up_table, &error);
    printf("%s is enrolled in %s from %04u-%02u-%02u\n", settings.member, settings.program,
           sign_up.enrolled_from / 10000, sign_up.enrolled_from / 100 % 100, sign_up.enrolled_from % 100);
    return HO_EXIT_OK;
}

int ho_ctl_roster_opt_out(int argc, char **argv)
{
    struct settings settings = {0};
    ho_ctl_options_only(&out_table, argc, argv, &settings);
    return record(&out_table, &settings, date_of(&out_table, &settings));
}

int ho_ctl_roster_opt_in(int argc, char **argv)
{
    struct settings settings = {0};
    ho_ctl_options_only(&in_table, argc, argv, &settings);
    return record(&in_table, &settings, 0);
}

int ho_ctl_roster_consent(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&share_table, argc, argv, &settings);
    check_reason(&share_table, &settings);
    if (settings.yes == settings.no)
        return ho_ctl_misused(&share_table, "say --yes or --no");
    const struct ho_share share = {
        .member_id = settings.member,
        .what = settings.share,
        .agreed = settings.yes,
        .reason = settings.reason,
        .by = ho_ctl_by(settings.by),
    };
    struct ho_pg *pg = ho_pg_new(settings.database_url, share_table.program);
    enum ho_status status = ho_share_record(pg, &share, &error);
    ho_pg_free(pg);
    if (status != HO_OK)
        return ho_ctl_failed(&share_table, &error);
    printf("%s %s to share: %s\n", settings.member, settings.yes ? "agrees" : "does not agree", settings.share);
    return HO_EXIT_OK;
}

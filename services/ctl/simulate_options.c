#include "simulate_options.h"

#include <string.h>

#include "simulate_values.h"

enum {
    MOST_MESSAGES = 5000000,
    MOST_MEMBERS = 5000000,
    LEAST_MEMBERS = 240,
    MOST_DAYS = 92,
    FIRST_YEAR = 2023, // ECM began in 2022, and members have been in it for months
    LAST_YEAR = 2099,
};

const char ho_sim_help[] = "Usage: handoffctl simulate --messages N --out DIR [--seed N] [--members N]\n"
                           "                           [--member-share SHARE] [--date YYYY-MM-DD] [--days N]\n"
                           "\n"
                           "Invents members of a plan and the ADT traffic of six hospitals and two nursing\n"
                           "facilities, and writes three files into DIR:\n"
                           "  roster.csv     the members, for `handoffctl roster import`\n"
                           "  messages.hl7   HL7 v2.5.1 messages in their order of arrival; segments end with CR,\n"
                           "                 and a LF follows each message\n"
                           "  truth.jsonl    a line of totals, then one line for each transition of a member\n"
                           "The same options write the same bytes on every machine.\n"
                           "\n"
                           "  --messages N          how many messages, 1 to 5000000\n"
                           "  --out DIR             the folder, made where it is missing; files there are replaced\n"
                           "  --seed N              what to invent from, 0 to 18446744073709551615 (default 1)\n"
                           "  --members N           members on the roster, 1 to 5000000\n"
                           "                        (default: enough for the messages, 240 at least)\n"
                           "  --member-share SHARE  share of the messages that are about members, 0 to 1\n"
                           "                        (default 0.05)\n"
                           "  --date YYYY-MM-DD     last day of the traffic, which ends at its noon in\n"
                           "                        America/Los_Angeles, 2023-01-01 to 2099-12-31 (default today;\n"
                           "                        before noon, yesterday)\n"
                           "  --days N              days of traffic before that noon, 1 to 92 (default 7)\n"
                           "  --help                this text\n"
                           "\n"
                           "Each member has one story at the most: a visit, or a chain of stays. A story in 33 of\n"
                           "the members' gives a wrong birth date and no number. One wrong digit is seen to be a\n"
                           "slip, as name, address and telephone agree; in a third of these stories year and day\n"
                           "are wrong, nobody could be sure who it is, and the truth says \"found\":false. A\n"
                           "member's card in a stranger's hand finds nobody. Needs about 110 bytes of memory a\n"
                           "message and 30 a member.\n";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Up to six decimals, kept as a whole number of millionths.
static enum ho_status read_share(const char *text, uint32_t *millionths, struct ho_error *error)
{
    uint32_t share = 0, unit = 1000000;
    const char *p = text;
    bool fine = is_digit(*p) && !is_digit(p[1]) && *p <= '1';
    if (fine)
        share = (uint32_t)(*p++ - '0') * unit;
    if (fine && *p == '.')
        for (p++; is_digit(*p) && unit >= 10; p++)
            share += (uint32_t)(*p - '0') * (unit /= 10);
    if (!fine || *p || share > 1000000)
        return ho_fail(error, HO_REJECT, "--member-share %.40s: give a decimal number from 0 to 1, such as 0.05.",
                       text);
    *millionths = share;
    return HO_OK;
}

static enum ho_status read_option(const char *name, const char *value, struct ho_sim_options *out,
                                  struct ho_error *error)
{
    if (strcmp(name, "--seed") == 0)
        return ho_sim_read_seed(value, &out->seed, error);
    if (strcmp(name, "--messages") == 0)
        return ho_sim_read_count(name, value, 1, MOST_MESSAGES, &out->messages, error);
    if (strcmp(name, "--members") == 0)
        return ho_sim_read_count(name, value, 1, MOST_MEMBERS, &out->members, error);
    if (strcmp(name, "--member-share") == 0)
        return read_share(value, &out->member_share_millionths, error);
    if (strcmp(name, "--date") == 0)
        return ho_sim_read_date(value, FIRST_YEAR, LAST_YEAR, &out->date, error);
    if (strcmp(name, "--days") == 0)
        return ho_sim_read_count(name, value, 1, MOST_DAYS, &out->days, error);
    if (strcmp(name, "--out") == 0) {
        out->out = value;
        return HO_OK;
    }
    return ho_fail(error, HO_REJECT, "%.60s: there is no such option; see handoffctl simulate --help.", name);
}

static uint32_t enough_members(const struct ho_sim_options *options)
{
    uint32_t members = ho_sim_member_messages(options) / 3 + 20;
    return members < LEAST_MEMBERS ? LEAST_MEMBERS : members;
}

static enum ho_status complete(struct ho_sim_options *out, struct ho_error *error)
{
    if (!out->messages)
        return ho_fail(error, HO_REJECT, "--messages is missing: say how many messages are to be written.");
    if (!out->out || !*out->out)
        return ho_fail(error, HO_REJECT, "--out is missing: say which folder the files are to be written to.");
    if (!out->members)
        out->members = enough_members(out);
    if (out->date == HO_SIM_NO_DAY)
        out->date = ho_sim_today();
    return HO_OK;
}

enum ho_status ho_sim_options_read(int argc, char **argv, struct ho_sim_options *out, bool *wants_help,
                                   struct ho_error *error)
{
    *out = (struct ho_sim_options){.seed = 1, .days = 7, .member_share_millionths = 50000, .date = HO_SIM_NO_DAY};
    *wants_help = false;
    for (int i = 0; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *wants_help = true;
            return HO_OK;
        }
        if (i + 1 == argc)
            return ho_fail(error, HO_REJECT,
                           "%.60s: a value is missing, or there is no such option; see handoffctl simulate --help.",
                           argv[i]);
        enum ho_status status = read_option(argv[i], argv[i + 1], out, error);
        if (status != HO_OK)
            return status;
    }
    return complete(out, error);
}

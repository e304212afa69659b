// Words that more than one kind of file has.
#include <stdlib.h>

#include "yaml_words.h"

enum { MOST = 400 };

enum ho_status ho_yaml_check_word(const struct ho_yaml_file *file, const char *at, const char *text,
                                  struct ho_error *error)
{
    if (ho_yaml_is_word(text))
        return HO_OK;
    return ho_yaml_refuse(file, error, at, "\"%s\" may have lower-case letters, digits and dashes only", text);
}

enum ho_status ho_yaml_check_role(const struct ho_yaml_file *file, const char *at, const char *role,
                                  struct ho_error *error)
{
    static const char *const roles[] = {"coordinator", "pharmacist", "supervisor", "team"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(role, roles[i]) == 0)
            return HO_OK;
    }
    return ho_yaml_refuse(file, error, at, "\"%s\" is no role; known are: %s, %s, %s, %s", role, roles[0], roles[1],
                          roles[2], roles[3]);
}

static bool read_due(const char *text, struct ho_due *out)
{
    static const struct {
        const char *one, *many;
        enum ho_due_unit unit;
    } units[] = {
        {"business day", "business days", HO_DUE_BUSINESS_DAYS},
        {"day", "days", HO_DUE_DAYS},
        {"hour", "hours", HO_DUE_HOURS},
    };
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 3 || text[n] != ' ')
        return false;
    out->amount = (int)strtol(text, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + n + 1, out->amount == 1 ? units[i].one : units[i].many) == 0) {
            out->unit = units[i].unit;
            return out->amount >= 1 && out->amount <= MOST;
        }
    }
    return false;
}

enum ho_status ho_yaml_due(const struct ho_yaml_file *file, const char *at, const char *text, struct ho_due *out,
                           struct ho_error *error)
{
    if (read_due(text, out))
        return HO_OK;
    return ho_yaml_refuse(file, error, at,
                          "\"%s\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", at "
                          "most %d",
                          text, MOST);
}

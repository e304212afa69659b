#include "review_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static int64_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

// "2026-11-22 10:04" in the zone; "-" for none.
static const char *local(const json_t *object, const char *name, const struct ho_zone *zone,
                         char out[HO_TIME_TEXT_BYTES])
{
    int64_t instant = 0;
    if (!ho_time_parse(ho_bytes_of(text(object, name)), &instant))
        return "-";
    ho_time_format(instant, zone, out);
    out[10] = ' ';
    out[16] = '\0';
    return out;
}

// ---- A list.

static const char *age_of(const json_t *item, int64_t now, char *out, size_t n)
{
    int64_t made = 0;
    if (!ho_time_parse(ho_bytes_of(text(item, "made_at")), &made))
        return "-";
    int64_t hours = (now - made) / HO_US_PER_HOUR;
    if (hours < 48)
        snprintf(out, n, "%" PRId64 " h", hours);
    else
        snprintf(out, n, "%" PRId64 " days", hours / 24);
    return out;
}

void ho_review_print_list(const json_t *items, bool more, const struct ho_zone *zone, int64_t now)
{
    size_t i, n = json_array_size(items);
    json_t *item;
    char age[32], made[HO_TIME_TEXT_BYTES];
    if (n)
        printf("%-34s  %-16s  %-8s  %-10s  %-26s  %s\n", "id", "since", "age", "status", "reason", "best candidate");
    json_array_foreach(items, i, item)
    {
        const char *best = text(json_object_get(item, "best"), "member_id");
        int64_t candidates = number(item, "candidates");
        printf("%-34s  %-16s  %-8s  %-10s  %-26s  %s", text(item, "id"), local(item, "made_at", zone, made),
               age_of(item, now, age, sizeof age), text(item, "status"), text(item, "reason"), *best ? best : "none");
        if (candidates > 1)
            printf(" and %" PRId64 " more", candidates - 1);
        putchar('\n');
    }
    printf("%s%zu item%s%s\n", n ? "\n" : "", n, n == 1 ? "" : "s", more ? ", and there are more" : "");
}

// ---- One item.

static void print_line(const char *name, const char *value)
{
    if (*value)
        printf("  %-12s %s\n", name, value);
}

static void print_person(const json_t *person)
{
    static const char *const rest[] = {"sex", "phone", "language", "cin", "plan_id", "coordinator"};
    printf("  %-12s", "name");
    static const char *const names[] = {"given", "middle", "surname", "suffix"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*text(person, names[i]))
            printf(" %s", text(person, names[i]));
    putchar('\n');
    print_line("born", text(person, "birth_date"));
    printf("  %-12s %s, %s %s %s\n", "address", text(person, "address"), text(person, "city"), text(person, "state"),
           text(person, "zip"));
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        print_line(rest[i], text(person, rest[i]));
}

static void print_identifiers(const json_t *patient)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(patient, "identifiers"), i, item)
    {
        printf("  %-12s %s %s of %s\n", "identifier", text(item, "type"), text(item, "value"), text(item, "authority"));
    }
    json_array_foreach(json_object_get(patient, "insured_ids"), i, item)
    {
        print_line("insured id", json_string_value(item));
    }
}

static void print_enrolments(const json_t *candidate)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(candidate, "enrolments"), i, e)
    {
        const char *to = text(e, "enrolled_to"), *out = text(e, "opted_out_on");
        printf("  %-12s %s from %s%s%s%s%s: %s\n", "enrolment", text(e, "program"), text(e, "enrolled_from"),
               *to ? " to " : "", to, *out ? ", opted out on " : "", out, text(e, "standing"));
    }
}

// The explanation as the matcher gives it: one line a part.
static void print_why(const json_t *why)
{
    const char *name;
    json_t *part;
    json_object_foreach((json_t *)(uintptr_t)why, name, part)
    {
        char *words = json_is_string(part) ? NULL : json_dumps(part, JSON_COMPACT | JSON_ENCODE_ANY);
        printf("  %-12s %s\n", name, words ? words : json_string_value(part));
        free(words);
    }
}

static void print_candidates(const json_t *item)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(item, "candidates"), i, c)
    {
        const json_t *score = json_object_get(c, "score");
        printf("\nCandidate %zu: member %s", i + 1, text(c, "member_id"));
        if (json_is_number(score))
            printf(", score %.1f", json_number_value(score));
        printf("\n");
        if (json_is_object(json_object_get(c, "member")))
            print_person(json_object_get(c, "member"));
        else
            printf("  not in the roster any more\n");
        print_enrolments(c);
        print_why(json_object_get(c, "why"));
    }
}

static void print_history(const json_t *item, const struct ho_zone *zone)
{
    size_t i;
    json_t *h;
    char at[HO_TIME_TEXT_BYTES];
    json_array_foreach(json_object_get(item, "history"), i, h)
    {
        printf("%s%s  %s said %s %s  %s\n", i ? "" : "\nSaid before\n  ", local(h, "at", zone, at), text(h, "by"),
               text(h, "action"), text(h, "member_id"), text(json_object_get(h, "detail"), "note"));
    }
}

void ho_review_print_item(const json_t *item, const struct ho_zone *zone)
{
    const json_t *event = json_object_get(item, "event"), *patient = json_object_get(item, "patient");
    char at[HO_TIME_TEXT_BYTES];
    printf("%s: %s, %s, version %" PRId64 ", since %s: %s\n", text(item, "id"), text(item, "state"),
           text(item, "status"), number(item, "version"), local(item, "made_at", zone, at), text(item, "reason"));
    print_line("note", text(item, "note"));
    printf("\nThe message: %s, %s at %s, MRN %s\n", text(event, "trigger"), local(event, "occurred", zone, at),
           text(event, "facility"), text(event, "mrn"));
    print_person(patient);
    print_identifiers(patient);
    print_line("visit", text(event, "visit"));
    print_candidates(item);
    size_t others = json_array_size(json_object_get(item, "others"));
    if (others)
        printf("\n%zu other item%s of the same patient\n", others, others == 1 ? "" : "s");
    printf("\nIdentities\n");
    ho_review_print_links(json_object_get(item, "identities"));
    print_history(item, zone);
}

// ---- Links.

static void print_known(const json_t *identity)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(identity, "members"), i, row)
    {
        const char *by = text(row, "by");
        printf("    %s %s, by %s\n", text(row, "state"), text(row, "member_id"), *by ? by : "the matcher");
    }
    json_array_foreach(json_object_get(identity, "links"), i, row)
    {
        const char *member = text(row, "member_id");
        printf("    %" PRId64 " events linked to %s\n", number(row, "events"), *member ? member : "nobody");
    }
}

void ho_review_print_links(const json_t *identities)
{
    size_t i;
    json_t *identity;
    json_array_foreach(identities, i, identity)
    {
        const char *id = text(identity, "identity_id"), *cluster = text(identity, "cluster");
        printf("  %s MRN %s, identity %s%s%s\n", text(identity, "facility"), text(identity, "mrn"), id,
               strcmp(id, cluster) == 0 ? "" : ", merged with ", strcmp(id, cluster) == 0 ? "" : cluster);
        print_known(identity);
    }
    if (!json_array_size(identities))
        printf("  nothing is known\n");
}

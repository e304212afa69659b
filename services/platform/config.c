#include "handoff/platform/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLE_BYTES = 128, NAME_BYTES = 64, EXIT_USAGE = 2 };

// The flags that every program has besides its table.
static const char *const built_in[] = {"help", "version", "print-config"};

enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

enum source { FROM_DEFAULT, FROM_ENVIRONMENT, FROM_FLAG };

struct reading {
    const struct ho_option_table *table;
    unsigned char *settings;
    enum source *sources; // by option
    bool print_config;
};

_Noreturn __attribute__((format(printf, 2, 3))) static void die(const struct ho_option_table *table, const char *format,
                                                                ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", table->program);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nTry '%s --help'.\n", table->program);
    va_end(args);
    exit(EXIT_USAGE);
}

// "kafka-brokers" as HANDOFF_KAFKA_BROKERS.
static const char *variable_name(const char *option, char out[VARIABLE_BYTES])
{
    size_t n = (size_t)snprintf(out, VARIABLE_BYTES, "HANDOFF_%s", option);
    for (size_t i = 0; i < n && i < VARIABLE_BYTES - 1; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
    return out;
}

// ---- Values.

static bool parse_boolean(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    return false;
}

static bool parse_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *out = value;
    return errno == 0 && end != text && *end == '\0' && !isspace((unsigned char)text[0]);
}

static bool is_address(const struct ho_option *option, const char *text)
{
    char host[256];
    uint16_t port;
    bool may_be_empty = option->optional || (option->fallback && !*option->fallback);
    return (may_be_empty && !*text) || ho_address_split(text, host, sizeof host, &port);
}

static void check_choice(const struct reading *r, const struct ho_option *option, const char *text, const char *where)
{
    char list[256] = "";
    if (!option->choices)
        return;
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (strcmp(text, *choice) == 0)
            return;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", *choice);
    }
    die(r->table, "%s: '%s' is none of %s", where, text, list);
}

// `where` names the flag or the variable in the error.
static void set_value(struct reading *r, const struct ho_option *option, const char *text, const char *where)
{
    void *place = r->settings + option->offset;
    const char *shown = option->secret ? "(secret)" : text;
    int64_t number;
    switch (option->type) {
    case HO_OPTION_ADDRESS:
        if (!is_address(option, text))
            die(r->table, "%s: '%s' is no address: give host:port, as 127.0.0.1:8080", where, shown);
        memcpy(place, &text, sizeof text);
        break;
    case HO_OPTION_TEXT:
        check_choice(r, option, text, where);
        memcpy(place, &text, sizeof text);
        break;
    case HO_OPTION_INTEGER:
        if (!parse_integer(text, &number) || number < option->least || number > option->most)
            die(r->table, "%s: '%s' is no whole number from %" PRId64 " to %" PRId64, where, shown, option->least,
                option->most);
        memcpy(place, &number, sizeof number);
        break;
    case HO_OPTION_BOOLEAN:
        if (!parse_boolean(text, (bool *)place))
            die(r->table, "%s: '%s' is neither true nor false", where, shown);
        break;
    }
}

// ---- Help.

static const char *value_word(enum ho_option_type type)
{
    static const char *const words[] = {"TEXT", "N", "", "HOST:PORT"};
    return words[type];
}

static int flag_text(const struct ho_option *option, char *out, size_t bytes)
{
    const char *word = value_word(option->type);
    return snprintf(out, bytes, "--%s%s%s", option->name, *word ? " " : "", word);
}

static void print_facts(const struct ho_option *option)
{
    if (option->type == HO_OPTION_INTEGER)
        printf("%" PRId64 " to %" PRId64 "; ", option->least, option->most);
    if (!option->fallback)
        printf("must be given");
    else if (option->secret)
        printf("secret: better by the variable");
    else if (*option->fallback)
        printf("default %s", option->fallback);
    else
        printf("default none");
}

static void print_help(const struct ho_option_table *table)
{
    char flag[NAME_BYTES + 16], variable[VARIABLE_BYTES];
    int width = (int)strlen("--print-config");
    for (size_t i = 0; i < table->n_options; i++) {
        int n = flag_text(&table->options[i], flag, sizeof flag);
        width = n > width ? n : width;
    }
    printf("%s: %s\n\nUsage: %s [--name value | --name=value]...%s%s\n\nOptions, each with its variable:\n",
           table->program, table->summary, table->program, table->arguments ? " " : "",
           table->arguments ? table->arguments : "");
    for (size_t i = 0; i < table->n_options; i++) {
        const struct ho_option *o = &table->options[i];
        flag_text(o, flag, sizeof flag);
        printf("  %-*s  %s\n  %-*s  %s (", width, flag, o->help, width, "", variable_name(o->name, variable));
        print_facts(o);
        printf(")\n");
    }
    printf("  %-*s  print the settings as they are read, secrets hidden, and end\n", width, "--print-config");
    printf("  %-*s  print the version and end\n", width, "--version");
    printf("  %-*s  print this and end; --help=markdown prints it as a table\n", width, "--help");
}

static void print_markdown(const struct ho_option_table *table)
{
    char variable[VARIABLE_BYTES];
    printf("## %s\n\n%s\n\n| flag | variable | value | meaning |\n|---|---|---|---|\n", table->program, table->summary);
    for (size_t i = 0; i < table->n_options; i++) {
        const struct ho_option *o = &table->options[i];
        printf("| `--%s` | `%s` | ", o->name, variable_name(o->name, variable));
        print_facts(o);
        printf(" | %s |\n", o->help);
    }
}

static void print_value(const struct ho_option *option, const unsigned char *place)
{
    const char *text;
    int64_t number;
    switch (option->type) {
    case HO_OPTION_TEXT:
    case HO_OPTION_ADDRESS:
        memcpy(&text, place, sizeof text);
        printf("%s", !option->secret ? text : *text ? "(set)" : "(not set)");
        break;
    case HO_OPTION_INTEGER:
        memcpy(&number, place, sizeof number);
        printf("%" PRId64, number);
        break;
    case HO_OPTION_BOOLEAN:
        printf("%s", *(const bool *)place ? "true" : "false");
        break;
    }
}

static void print_config(const struct reading *r)
{
    static const char *const words[] = {"default", "variable", "flag"};
    for (size_t i = 0; i < r->table->n_options; i++) {
        const struct ho_option *o = &r->table->options[i];
        printf("%s = ", o->name);
        print_value(o, r->settings + o->offset);
        printf("  # %s\n", words[r->sources[i]]);
    }
}

// ---- Flags.

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// How many letters must be changed, added or dropped.
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES + 1], nb = strlen(b);
    if (nb > NAME_BYTES || strlen(a) > NAME_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least_of(change, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[nb];
}

static const char *nearest(const struct ho_option_table *table, const char *name)
{
    const char *best = built_in[0];
    size_t least = distance(name, best);
    for (size_t i = 1; i < N_BUILT_IN + table->n_options; i++) {
        const char *candidate = i < N_BUILT_IN ? built_in[i] : table->options[i - N_BUILT_IN].name;
        size_t d = distance(name, candidate);
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

// Ends the program where the flag is one of those that every program has, but for --print-config.
static bool take_built_in(struct reading *r, const char *name, const char *value)
{
    if (strcmp(name, "help") == 0) {
        if (value && strcmp(value, "markdown") == 0)
            print_markdown(r->table);
        else
            print_help(r->table);
        exit(0);
    }
    if (strcmp(name, "version") == 0) {
        printf("%s %s\n", r->table->program, HO_VERSION);
        exit(0);
    }
    if (strcmp(name, "print-config") != 0)
        return false;
    r->print_config = true;
    return true;
}

static const struct ho_option *find_option(const struct ho_option_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_options; i++)
        if (strcmp(table->options[i].name, name) == 0)
            return &table->options[i];
    return NULL;
}

// Reads the flag at argv[at] and returns the index of the next argument.
static int take_flag(struct reading *r, int argc, char **argv, int at)
{
    const char *arg = argv[at] + 2;
    char name[NAME_BYTES + 1];
    size_t n = strcspn(arg, "=");
    if (n > NAME_BYTES)
        die(r->table, "unknown flag %s", argv[at]);
    memcpy(name, arg, n);
    name[n] = '\0';
    const char *value = arg[n] == '=' ? arg + n + 1 : NULL;
    if (take_built_in(r, name, value))
        return at + 1;
    const struct ho_option *option = find_option(r->table, name);
    if (!option)
        die(r->table, "unknown flag --%s; the nearest is --%s", name, nearest(r->table, name));
    if (!value && option->type == HO_OPTION_BOOLEAN)
        value = "true";
    else if (!value && ++at < argc)
        value = argv[at];
    if (!value)
        die(r->table, "--%s needs a value", name);
    char where[NAME_BYTES + 4];
    snprintf(where, sizeof where, "--%s", name);
    set_value(r, option, value, where);
    r->sources[option - r->table->options] = FROM_FLAG;
    return at + 1;
}

static int take_flags(struct reading *r, int argc, char **argv)
{
    int at = 1;
    while (at < argc && strncmp(argv[at], "--", 2) == 0) {
        if (argv[at][2] == '\0')
            return at + 1;
        at = take_flag(r, argc, argv, at);
    }
    return at;
}

// What the flags left open: the variable, else the default.
static void take_rest(struct reading *r)
{
    for (size_t i = 0; i < r->table->n_options; i++) {
        const struct ho_option *o = &r->table->options[i];
        char variable[VARIABLE_BYTES];
        const char *value = getenv(variable_name(o->name, variable));
        if (r->sources[i] == FROM_FLAG)
            continue;
        if (!value && !o->fallback)
            die(r->table, "--%s or %s must be given: %s", o->name, variable, o->help);
        r->sources[i] = value ? FROM_ENVIRONMENT : FROM_DEFAULT;
        set_value(r, o, value ? value : o->fallback, value ? variable : o->name);
    }
}

int ho_config_read(const struct ho_option_table *table, int argc, char **argv, void *settings)
{
    struct reading r = {.table = table, .settings = settings};
    r.sources = calloc(table->n_options + 1, sizeof *r.sources);
    if (!r.sources)
        die(table, "no memory");
    int first = take_flags(&r, argc, argv);
    take_rest(&r);
    if (r.print_config) {
        print_config(&r);
        exit(0);
    }
    free(r.sources);
    return first;
}

bool ho_address_split(const char *address, char *host, size_t host_bytes, uint16_t *port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || (size_t)(colon - address) >= host_bytes)
        return false;
    const char *first = address, *end = colon;
    bool brackets = *first == '[' && end[-1] == ']';
    first += brackets;
    end -= brackets;
    int64_t number;
    if (first >= end || (!brackets && memchr(first, ':', (size_t)(end - first))) || !isdigit((unsigned char)colon[1]) ||
        !parse_integer(colon + 1, &number) || number > UINT16_MAX)
        return false;
    memcpy(host, first, (size_t)(end - first));
    host[end - first] = '\0';
    *port = (uint16_t)number;
    return true;
}

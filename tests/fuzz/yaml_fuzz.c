// Any bytes as each of the files that a plan edits: read and sound, or refused with file and line; never anything else.
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unicode/utf8.h>
#include <unistd.h>

#include "fuzz.h"
#include "handoff/platform/yaml.h"

enum { PATH_BYTES = 64 };

// A folder in memory with one file in it, for the readers read folders.
static char folder[] = "/dev/shm/handoff-yaml-XXXXXX", path[PATH_BYTES];

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void put_file(const uint8_t *data, size_t n)
{
    if (!*path) {
        HOLDS(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/f.yaml", folder);
        atexit(remove_folder);
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(file >= 0 && write(file, data, n) == (ssize_t)n);
    close(file);
}

// One clean line that names the file, and where in it.
static void check_words(const struct ho_error *error)
{
    const uint8_t *text = (const uint8_t *)error->text;
    int32_t i = 0, n = (int32_t)strlen(error->text);
    HOLDS(strstr(error->text, folder));
    while (i < n) {
        UChar32 c;
        U8_NEXT(text, i, n, c);
        HOLDS(c != '\n' && c != '\r' && (c >= 0 || i >= n)); // a word that is cut at the end may be cut within a letter
    }
}

static bool is_read(enum ho_status status, const struct ho_error *error)
{
    HOLDS(status == HO_OK || status == HO_REJECT);
    if (status == HO_REJECT)
        check_words(error);
    return status == HO_OK;
}

static void read_feeds(void)
{
    struct ho_error error = {0};
    struct ho_feed_set *set = NULL;
    if (!is_read(ho_feeds_load(folder, &set, &error), &error))
        return;
    const struct ho_feeds *feeds = ho_feed_set_feeds(set);
    const struct ho_hl7_delimiters usual = {
        .field = '|', .component = '^', .repetition = '~', .escape = '\\', .subcomponent = '&'};
    HOLDS(feeds->n > 0);
    HOLDS(ho_feed_of_sender(feeds, &usual, ho_bytes_of("A"), ho_bytes_of("")));
    ho_feed_set_free(set);
}

static void read_protocols(const struct ho_calendar_set *calendars, const struct ho_codes *codes)
{
    size_t n;
    struct ho_error error = {0};
    struct ho_protocol_set *protocols = NULL;
    struct ho_program_set *programs = NULL;
    if (is_read(ho_protocols_load(path, calendars, codes, &protocols, &error), &error)) {
        HOLDS(ho_protocol_set_items(protocols, &n) && n == 1);
        ho_protocol_set_free(protocols);
    }
    if (is_read(ho_programs_load(folder, calendars, codes, &programs, &error), &error)) {
        HOLDS(ho_program_set_items(programs, &n) && n == 1);
        ho_program_set_free(programs);
    }
}

static void read_calendars(void)
{
    struct ho_error error = {0};
    struct ho_calendar_set *calendars = NULL;
    struct ho_code_set *codes = NULL;
    if (is_read(ho_calendars_load(folder, &calendars, &error), &error))
        ho_calendar_set_free(calendars);
    if (is_read(ho_codes_load(folder, &codes, &error), &error)) {
        HOLDS(ho_code_set_codes(codes));
        ho_code_set_free(codes);
    }
}

static char *text_of(const struct ho_match_weights *weights, size_t *n)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n);
    HOLDS(out);
    ho_weights_write(out, weights);
    fclose(out);
    return text;
}

// What is read is written as a file that reads back as the same.
static void read_weights(void)
{
    size_t n, m;
    struct ho_error error = {0};
    struct ho_match_weights weights = {0}, again = {0};
    if (!is_read(ho_weights_load(path, &weights, &error), &error))
        return;
    char *text = text_of(&weights, &n);
    put_file((const uint8_t *)text, n);
    HOLDS(ho_weights_load(path, &again, &error) == HO_OK);
    char *same = text_of(&again, &m);
    HOLDS(n == m && memcmp(text, same, n) == 0);
    free(text);
    free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ho_calendar_set *calendars; // the plan's, which protocols name
    static struct ho_code_set *codes;
    struct ho_error error = {0};
    if (!calendars)
        HOLDS(ho_calendars_load(HO_DEPLOY "/calendars", &calendars, &error) == HO_OK);
    if (!codes)
        HOLDS(ho_codes_load(HO_DEPLOY "/codes", &codes, &error) == HO_OK);
    put_file(data, n);
    read_feeds();
    read_protocols(calendars, ho_code_set_codes(codes));
    read_calendars();
    read_weights();
    return 0;
}

// handoffctl send: messages from files, over MLLP as a hospital sends them, or straight to Kafka.
#include "send.h"
#include "command.h"

#include <inttypes.h>
#include <stdio.h>

struct settings {
    const char *mllp_address, *kafka_brokers, *feeds_dir;
    int64_t window, rate, patience;
    bool kafka;
};

static const struct ho_option options[] = {
    {"mllp-address", HO_OPTION_ADDRESS, "127.0.0.1:2575", .offset = offsetof(struct settings, mllp_address),
     .help = "the gateway"},
    {"window", HO_OPTION_INTEGER, "20", 1, 10000, .offset = offsetof(struct settings, window),
     .help = "messages that may wait for their acknowledgement at once"},
    {"rate", HO_OPTION_INTEGER, "0", 0, 1000000, .offset = offsetof(struct settings, rate),
     .help = "messages a second at most; 0: as fast as they are taken"},
    {"patience", HO_OPTION_INTEGER, "30", 0, 86400, .offset = offsetof(struct settings, patience),
     .help = "seconds for which a lost connection is opened again, and what had no answer sent again"},
    {"kafka", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, kafka),
     .help = "put them into adt.inbound without a gateway"},
    HO_CTL_KAFKA_BROKERS(struct settings),
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", .offset = offsetof(struct settings, feeds_dir),
     .help = "with --kafka: folder of the feeds' YAML files"},
};

static const struct ho_option_table table = {
    .program = "handoffctl send",
    .summary =
        "Sends HL7 messages and counts their acknowledgements; exit status 1 if any was not positive.\n\n"
        "A file holds one message or many: each begins at a line that starts with MSH, or the file is framed for MLLP.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "FILE...",
};

struct sending {
    const struct settings *settings;
    struct ho_send_mllp *mllp;
    struct ho_send_kafka *kafka;
    struct ho_send_counts counts;
    uint64_t refused; // not sent at all
    long long begun_ms;
    uint64_t put;
};

static enum ho_status open_way(struct sending *s, struct ho_error *error)
{
    if (s->settings->kafka)
        return ho_send_kafka_open(s->settings->kafka_brokers, s->settings->feeds_dir, &s->kafka, error);
    return ho_send_mllp_open(s->settings->mllp_address, s->settings->window, s->settings->patience * 1000, &s->mllp,
                             error);
}

// Waits for the turn of the next message, and takes the answers that come meanwhile.
static enum ho_status keep_rate(struct sending *s, struct ho_error *error)
{
    if (!s->settings->rate)
        return HO_OK;
    enum ho_status status = HO_OK;
    long long due_ms = s->begun_ms + (long long)(s->put * 1000 / (uint64_t)s->settings->rate);
    for (long long left; status == HO_OK && (left = due_ms - ho_ctl_now_ms()) > 0;) {
        if (s->mllp)
            status = ho_send_mllp_poll(s->mllp, left, error);
        else
            ho_ctl_pause_ms(left < 1000 ? (long)left : 1000);
    }
    return status;
}

static enum ho_status put(struct sending *s, struct ho_bytes message, struct ho_error *error)
{
    enum ho_status status = keep_rate(s, error);
    if (status == HO_OK && s->mllp)
        status = ho_send_mllp_put(s->mllp, message, error);
    else if (status == HO_OK)
        status = ho_send_kafka_put(s->kafka, message, error);
    s->put++;
    return status;
}

static enum ho_status put_file(struct sending *s, const char *path, struct ho_error *error)
{
    struct ho_message_file *file = NULL;
    struct ho_bytes message;
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_message_file_open(path, &file, error);
    uint64_t number = 0;
    while (status == HO_OK && ho_message_file_next(file, arena, &message)) {
        number++;
        status = put(s, message, error);
        ho_arena_reset(arena);
        if (status == HO_REJECT) {
            s->refused++;
            fprintf(stderr, "%s: message %" PRIu64 ": %s\n", path, number, error->text);
            status = HO_OK;
        }
    }
    ho_message_file_free(file);
    ho_arena_free(arena);
    return status;
}

static enum ho_status finish(struct sending *s, struct ho_error *error)
{
    if (!s->mllp)
        return s->kafka ? ho_send_kafka_finish(s->kafka, &s->counts, error) : HO_OK;
    return ho_send_mllp_finish(s->mllp, error);
}

static void print_counts(const struct sending *s)
{
    double seconds = (double)(ho_ctl_now_ms() - s->begun_ms) / 1000.0;
    printf("%" PRIu64 " sent in %.1f s", s->counts.sent, seconds);
    for (int i = 0; s->mllp && i < HO_ACK_CODES; i++)
        if (s->counts.by_code[i])
            printf(", %" PRIu64 " %s", s->counts.by_code[i], ho_ack_codes[i]);
    if (s->counts.unasked)
        printf(", %" PRIu64 " ask for no answer", s->counts.unasked);
    if (s->kafka)
        printf(", %" PRIu64 " taken by Kafka", s->counts.good);
    printf("\n");
}

static enum ho_status send_all(struct sending *s, char **paths, int n, struct ho_error *error)
{
    enum ho_status status = open_way(s, error);
    for (int i = 0; status == HO_OK && i < n; i++)
        status = put_file(s, paths[i], error);
    if (status == HO_OK)
        status = finish(s, error);
    if (s->mllp)
        ho_send_mllp_counts(s->mllp, &s->counts);
    if (s->mllp || s->kafka)
        print_counts(s);
    return status;
}

// All files are looked at before the first message leaves.
static enum ho_status check_files(char **paths, int n, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (int i = 0; status == HO_OK && i < n; i++) {
        struct ho_message_file *file = NULL;
        status = ho_message_file_open(paths[i], &file, error);
        ho_message_file_free(file);
    }
    return status;
}

int ho_ctl_send(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (first == argc)
        return ho_ctl_misused(&table, "give a file at least");
    struct sending s = {.settings = &settings, .begun_ms = ho_ctl_now_ms()};
    enum ho_status status = check_files(argv + first, argc - first, &error);
    if (status == HO_OK)
        status = send_all(&s, argv + first, argc - first, &error);
    ho_send_mllp_free(s.mllp);
    ho_send_kafka_free(s.kafka);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    return s.counts.bad || s.refused ? HO_EXIT_FAILED : HO_EXIT_OK;
}

// handoffctl send: messages from files, over MLLP as a hospital sends them, or straight to Kafka.
#include "send.h"
#include "command.h"
#include "progress.h"
#include "send_files.h"

#include <inttypes.h>
#include <stdio.h>

struct settings {
    const char *mllp_address, *kafka_brokers, *feeds_dir;
    const char *tls_ca, *tls_certificate, *tls_key;
    int64_t window, rate, patience;
    bool kafka, force;
};

static const struct ho_option options[] = {
    {"mllp-address", HO_OPTION_ADDRESS, "127.0.0.1:2575", .offset = offsetof(struct settings, mllp_address),
     .help = "the gateway; by TLS its certificate must name this host"},
    {"tls-ca", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, tls_ca),
     .help = "PEM: authorities that may have signed the gateway's certificate; given, it is sent by TLS"},
    {"tls-certificate", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, tls_certificate),
     .help = "with --tls-ca: PEM, the certificate that is shown to the gateway"},
    {"tls-key", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, tls_key),
     .help = "with --tls-ca: PEM, its key, without a password"},
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
    {"force", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, force),
     .help = "send batches that do not end, or have other counts in BTS-1 and FTS-1 than there are"},
};

static const struct ho_option_table table = {
    .program = "handoffctl send",
    .summary =
        "Sends HL7 messages and counts their acknowledgements; exit status 1 if any was not positive.\n\n"
        "A file holds one message or many: each begins at a line that starts with MSH, or the file is framed for "
        "MLLP.\n"
        "Batches (FHS, BHS, BTS, FTS) are sent message by message. Of a folder the files in it and below are sent, by\n"
        "name; - is standard input. All are looked at before the first message leaves.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "FILE|FOLDER...",
};

struct sending {
    const struct settings *settings;
    struct ho_tls_context *tls; // NULL: plain
    struct ho_send_mllp *mllp;
    struct ho_send_kafka *kafka;
    struct ho_send_counts counts;
    uint64_t unsent; // refused before they were sent
    long long begun_ms;
    uint64_t put;
    uint64_t done_bytes, all_bytes;
    struct ho_progress progress;
};

static void on_refused(void *context, const struct ho_send_place *place, const char *code, const char *condition)
{
    struct sending *s = context;
    ho_progress_clear(&s->progress);
    fprintf(stderr, "%s: message %" PRIu64 ": refused with %s%s%s\n", place->path, place->number, code,
            *condition ? ", error " : "", condition);
}

static enum ho_status load_tls(struct sending *s, struct ho_error *error)
{
    const struct settings *from = s->settings;
    if (!*from->tls_ca)
        return HO_OK;
    const struct ho_tls_files files = {
        .certificate = *from->tls_certificate ? from->tls_certificate : NULL,
        .key = *from->tls_key ? from->tls_key : NULL,
        .authority = from->tls_ca,
    };
    return ho_tls_client_new(&files, &s->tls, error);
}

static enum ho_status open_way(struct sending *s, struct ho_error *error)
{
    if (s->settings->kafka)
        return ho_send_kafka_open(s->settings->kafka_brokers, s->settings->feeds_dir, &s->kafka, error);
    enum ho_status status = load_tls(s, error);
    if (status != HO_OK)
        return status;
    const struct ho_send_mllp_settings settings = {
        .address = s->settings->mllp_address,
        .tls = s->tls,
        .window = s->settings->window,
        .patience_ms = s->settings->patience * 1000,
        .refused = on_refused,
        .context = s,
    };
    return ho_send_mllp_open(&settings, &s->mllp, error);
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

static enum ho_status put(struct sending *s, struct ho_bytes message, const struct ho_send_place *place,
                          struct ho_error *error)
{
    enum ho_status status = keep_rate(s, error);
    if (status == HO_OK && s->mllp)
        status = ho_send_mllp_put(s->mllp, message, place, error);
    else if (status == HO_OK)
        status = ho_send_kafka_put(s->kafka, message, error);
    s->put++;
    return status;
}

static enum ho_status put_messages(struct sending *s, struct ho_message_file *file, const char *path,
                                   struct ho_error *error)
{
    struct ho_bytes message;
    struct ho_send_place place = {.path = path};
    struct ho_arena *arena = ho_arena_new(0);
    size_t size_bytes = ho_message_file_left(file);
    enum ho_status status = HO_OK;
    while (status == HO_OK && ho_message_file_next(file, arena, &message)) {
        place.number++;
        status = put(s, message, &place, error);
        ho_arena_reset(arena);
        if (status == HO_REJECT) {
            s->unsent++;
            ho_progress_clear(&s->progress);
            fprintf(stderr, "%s: message %" PRIu64 ": %s\n", path, place.number, error->text);
            status = HO_OK;
        }
        ho_progress_tell(&s->progress, s->put, s->done_bytes + size_bytes - ho_message_file_left(file), s->all_bytes);
    }
    s->done_bytes += size_bytes;
    ho_arena_free(arena);
    return status;
}

static enum ho_status put_file(struct sending *s, struct ho_send_file *file, struct ho_error *error)
{
    struct ho_message_file *opened = NULL;
    if (file->kept)
        return put_messages(s, file->kept, "standard input", error);
    enum ho_status status = ho_message_file_open(file->path, &opened, error);
    if (status == HO_OK)
        status = put_messages(s, opened, file->path, error);
    ho_message_file_free(opened);
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
    if (s->unsent)
        printf(", %" PRIu64 " not sent", s->unsent);
    printf("\n");
}

static enum ho_status send_all(struct sending *s, const struct ho_send_files *files, struct ho_error *error)
{
    enum ho_status status = open_way(s, error);
    s->all_bytes = files->size_bytes;
    ho_progress_begin(&s->progress, "messages");
    for (size_t i = 0; status == HO_OK && i < files->n; i++)
        status = put_file(s, &files->items[i], error);
    if (status == HO_OK)
        status = finish(s, error);
    if (s->mllp)
        ho_send_mllp_counts(s->mllp, &s->counts);
    ho_progress_clear(&s->progress);
    if (s->mllp || s->kafka)
        print_counts(s);
    return status;
}

int ho_ctl_send(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_send_files files;
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (first == argc)
        return ho_ctl_misused(&table, "give a file at least");
    if (!*settings.tls_certificate != !*settings.tls_key)
        return ho_ctl_misused(&table, "--tls-certificate and --tls-key belong together: give both");
    if (*settings.tls_certificate && !*settings.tls_ca)
        return ho_ctl_misused(&table, "--tls-certificate is for TLS: give --tls-ca too, or it would be sent in plain");
    struct sending s = {.settings = &settings, .begun_ms = ho_ctl_now_ms()};
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_send_files_find(arena, argv + first, argc - first, settings.force, &files, &error);
    if (status == HO_OK)
        status = send_all(&s, &files, &error);
    ho_send_mllp_free(s.mllp);
    ho_tls_context_free(s.tls);
    ho_send_kafka_free(s.kafka);
    ho_send_files_cleanup(&files);
    ho_arena_free(arena);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    return s.counts.bad || s.unsent ? HO_EXIT_FAILED : HO_EXIT_OK;
}

#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/platform/log.h"

const char *const reject_words[REJECT_REASONS] = {
    [REJECTED_NO_MSH] = "no-msh",
    [REJECTED_NO_CONTROL_ID] = "no-control-id",
    [REJECTED_MESSAGE_TYPE] = "not-adt",
    [REJECTED_PROCESSING_ID] = "unknown-processing-id",
    [REJECTED_VERSION] = "unknown-version",
    [REJECTED_TOO_LONG] = "too-long",
    [REJECTED_BROKEN_FRAME] = "broken-frame",
    [REJECTED_CERTIFICATE] = "certificate",
};

const char *const reject_places[REJECT_REASONS] = {
    [REJECTED_NO_MSH] = "MSH",           [REJECTED_NO_CONTROL_ID] = "MSH-10", [REJECTED_MESSAGE_TYPE] = "MSH-9",
    [REJECTED_PROCESSING_ID] = "MSH-11", [REJECTED_VERSION] = "MSH-12",       [REJECTED_TOO_LONG] = "frame",
    [REJECTED_BROKEN_FRAME] = "frame",   [REJECTED_CERTIFICATE] = "MSH-3",
};

const char *const close_words[CLOSE_REASONS] = {
    [CLOSED_BY_PEER] = "peer",        [CLOSED_ERROR] = "error",
    [CLOSED_SILENCE] = "silence",     [CLOSED_SLOW_FRAME] = "slow-frame",
    [CLOSED_JUNK] = "junk",           [CLOSED_STOPPING] = "stopping",
    [CLOSED_HANDSHAKE] = "handshake", [CLOSED_BROKER_AWAY] = "broker-away",
};

const char *const handshake_words[HANDSHAKE_FAILURES] = {
    [HO_TLS_NO_CERTIFICATE] = "no-certificate",
    [HO_TLS_UNTRUSTED] = "untrusted",
    [HO_TLS_EXPIRED] = "expired",
    [HO_TLS_NOT_TLS] = "not-tls",
    [HO_TLS_VERSION] = "version",
    [HO_TLS_REFUSED] = "refused",
    [HO_TLS_CLOSED] = "closed",
    [HO_TLS_OTHER] = "other",
    [HANDSHAKE_TIMEOUT] = "timeout",
};

static void register_labelled(struct ho_metric **out, const char *name, const char *help, const char *label,
                              const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char labels[64];
        snprintf(labels, sizeof labels, "%s=\"%s\"", label, values[i]);
        out[i] = ho_counter(name, help, labels);
    }
}

static void register_connections(struct figures *f)
{
    f->connections = ho_gauge("handoff_gateway_connections", "Open MLLP connections.", "");
    f->connections_refused =
        ho_counter("handoff_gateway_connections_refused_total", "MLLP connections over the limit.", "");
    register_labelled(f->closed, "handoff_gateway_connections_closed_total", "MLLP connections that ended, by cause.",
                      "cause", close_words, CLOSE_REASONS);
    f->received_bytes = ho_counter("handoff_gateway_received_bytes_total", "Bytes read from MLLP connections.", "");
    f->sent_bytes = ho_counter("handoff_gateway_sent_bytes_total", "Bytes written to MLLP connections.", "");
    f->junk_bytes = ho_counter("handoff_gateway_junk_bytes_total",
                               "Bytes between frames that are neither line ends nor blanks.", "");
}

static void register_tls(struct figures *f)
{
    register_labelled(f->handshakes_failed, "handoff_gateway_tls_handshakes_failed_total",
                      "TLS handshakes that came to nothing, by cause.", "cause", handshake_words, HANDSHAKE_FAILURES);
    f->certificate_days = ho_gauge("handoff_gateway_tls_certificate_days",
                                   "Days until the gateway's own certificate expires; 0 without TLS.", "");
}

// Of each feed that is configured, which bounds them: nothing that a sender writes is a label.
static void register_rejected(struct figures *f)
{
    struct ho_arena *arena = ho_arena_new(0);
    f->rejected = calloc(f->feeds->n, sizeof *f->rejected);
    if (!f->rejected)
        abort();
    for (size_t i = 0; i < f->feeds->n; i++) {
        const char *feed = ho_label_escape(arena, f->feeds->feeds[i].name);
        for (size_t r = 0; r < REJECT_REASONS; r++)
            f->rejected[i][r] =
                ho_counter("handoff_gateway_rejected_total", "Frames that are no ADT message of ours, by reason.",
                           ho_arena_printf(arena, "feed=\"%s\",reason=\"%s\"", feed, reject_words[r]));
    }
    ho_arena_free(arena);
}

void figures_init(struct figures *f, const struct ho_feeds *feeds)
{
    f->feeds = feeds;
    register_connections(f);
    register_tls(f);
    register_labelled(f->acknowledgements, "handoff_gateway_acknowledgements_total", "Acknowledgements made, by code.",
                      "code", ho_ack_codes, HO_ACK_CODES);
    register_rejected(f);
    f->on_their_way =
        ho_gauge("handoff_gateway_records_on_their_way", "Records given to Kafka without a report yet.", "");
    f->held = ho_gauge("handoff_gateway_messages_held",
                       "Messages that Kafka did not take and that their sender forbids to refuse.", "");
    f->buffer_bytes = ho_gauge("handoff_gateway_buffer_bytes", "Bytes of the budget that are in use.", "");
    f->buffer_limit_bytes = ho_gauge("handoff_gateway_buffer_limit_bytes", "The budget.", "");
    f->delivery_seconds = ho_histogram("handoff_gateway_delivery_seconds",
                                       "From a frame's last byte read to the broker's delivery report.", "");
    f->delivery_failures =
        ho_counter("handoff_gateway_delivery_failures_total", "Records that the broker did not take in time.", "");
}

void figures_cleanup(struct figures *f)
{
    free(f->rejected);
}

void figures_reject(struct figures *f, const struct ho_feed *feed, enum reject_reason reason)
{
    ho_metric_add(f->rejected[feed - f->feeds->feeds][reason], 1);
    f->rejected_untold[reason]++;
}

void figures_tell(struct figures *f)
{
    static const enum reject_reason faults[] = {REJECTED_NO_MSH, REJECTED_NO_CONTROL_ID, REJECTED_TOO_LONG,
                                                REJECTED_BROKEN_FRAME, REJECTED_CERTIFICATE};
    char text[256] = "";
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        uint64_t *untold = &f->rejected_untold[faults[i]];
        size_t n = strlen(text);
        if (*untold)
            snprintf(text + n, sizeof text - n, "%s%s=%llu", n ? " " : "", reject_words[faults[i]],
                     (unsigned long long)*untold);
        *untold = 0;
    }
    if (*text)
        ho_log(HO_WARN, "faulty frames", "%s", text);
    if (f->over_topic_limit_untold)
        ho_log(HO_ERROR,
               "messages refused that their topic does not take: raise its max.message.bytes ('handoffctl topics "
               "apply' tells the difference)",
               "messages=%llu", (unsigned long long)f->over_topic_limit_untold);
    f->over_topic_limit_untold = 0;
}

// The gateway's metrics, registered once at start.
#pragma once

#include <stdint.h>

#include "handoff/ack.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/mllp_client.h"
#include "handoff/platform/tls.h"

enum close_reason {
    CLOSED_BY_PEER,
    CLOSED_ERROR,
    CLOSED_SILENCE,    // no byte within a frame for too long
    CLOSED_SLOW_FRAME, // a frame that does not end
    CLOSED_JUNK,       // too much that is no frame
    CLOSED_STOPPING,
    CLOSED_BROKER_AWAY, // as the feed has it, instead of a negative answer
    CLOSED_HANDSHAKE,   // of TLS, that failed or took too long
    CLOSE_REASONS
};

enum reject_reason {
    REJECTED_NO_MSH,
    REJECTED_NO_CONTROL_ID,
    REJECTED_MESSAGE_TYPE,
    REJECTED_PROCESSING_ID,
    REJECTED_VERSION,
    REJECTED_TOO_LONG,
    REJECTED_BROKEN_FRAME,
    REJECTED_CERTIFICATE, // whoever sent it has not the client certificate that its feed asks for
    REJECT_REASONS
};

// Why a TLS handshake failed: enum ho_tls_failure, and this.
enum { HANDSHAKE_TIMEOUT = HO_TLS_FAILURES, HANDSHAKE_FAILURES };

struct figures {
    struct ho_metric *connections, *connections_refused, *closed[CLOSE_REASONS];
    struct ho_metric *received_bytes, *sent_bytes, *junk_bytes;
    struct ho_metric *acknowledgements[HO_ACK_CODES];
    struct ho_metric *on_their_way, *held, *buffer_bytes, *buffer_limit_bytes;
    struct ho_metric *delivery_seconds, *delivery_failures;
    struct ho_metric *handshakes_failed[HANDSHAKE_FAILURES], *certificate_days;
    const struct ho_feeds *feeds;
    struct ho_metric *(*rejected)[REJECT_REASONS]; // in the order of the feeds
    uint64_t rejected_untold[REJECT_REASONS];      // since the last line of the log
    uint64_t over_topic_limit_untold;              // records that their topic does not take
};

void figures_init(struct figures *figures, const struct ho_feeds *feeds); // the feeds must outlive it
void figures_cleanup(struct figures *figures);
// Counts a frame that is rejected, as its feed's.
void figures_reject(struct figures *figures, const struct ho_feed *feed, enum reject_reason reason);
// Logs the faulty frames since the last call, in one line; other kinds of messages are no fault. In another, what the
// topics' settings have refused.
void figures_tell(struct figures *figures);

// The fixed words of ho_reason and ho_place, which the metrics use as well.
extern const char *const reject_words[REJECT_REASONS];
extern const char *const reject_places[REJECT_REASONS];
extern const char *const close_words[CLOSE_REASONS];
extern const char *const handshake_words[HANDSHAKE_FAILURES];

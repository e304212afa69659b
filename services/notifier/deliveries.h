// Deliveries in the database: taken under a lease, so that several notifiers share the work, and their outcomes.
//
// A taken delivery has last_error '' and next_attempt_at at the end of its lease until its outcome is written.
// One that is found so when its lease is over was cut off: nobody knows whether it arrived.
#pragma once

#include "mail.h"

#include "handoff/event.h"
#include "handoff/platform/http_client.h"
#include "handoff/platform/pg.h"

enum ho_channel { HO_CHANNEL_EMAIL, HO_CHANNEL_WEBHOOK, HO_CHANNELS };

struct ho_delivery {
    int64_t id;
    enum ho_channel channel;
    const char *recipient, *message_id;
    enum ho_mail_reader reader; // of a mail
    int64_t attempts;           // with this one
    const ho_notice *notice;
};

struct ho_taken {
    struct ho_delivery *items;
    size_t n;
    int64_t not_wanted[HO_CHANNELS]; // settled without an attempt
    int64_t cut_off[HO_CHANNELS];    // of both: the attempt before this has no outcome
    size_t seen;                     // rows that were due; as many as asked for: there may be more
};

struct ho_attempt {
    int64_t id, attempts; // the delivery, and which attempt at it
};

struct ho_outcome {
    int64_t id, attempts;
    enum ho_channel channel;
    enum ho_sent sent;
    bool last;              // no attempt is left
    int64_t retry_after_ms; // where one is
    char text[160];
};

// Takes up to `most` deliveries of a channel that are due, still wanted, and about members who are served on `today`,
// in a transaction of its own. What is not wanted any more is put aside, under the locks of its members (member_state).
// In the arena.
HO_MUST_USE enum ho_status ho_deliveries_take(struct ho_pg *pg, struct ho_arena *arena, enum ho_channel channel,
                                              uint32_t today, int64_t most, int64_t lease_ms, struct ho_taken *out,
                                              struct ho_error *error);

// For attempts that are still under way: nobody else takes them for `lease_ms` from now.
HO_MUST_USE enum ho_status ho_deliveries_renew(struct ho_pg *pg, struct ho_arena *arena,
                                               const struct ho_attempt *attempts, size_t n, int64_t lease_ms,
                                               struct ho_error *error);

HO_MUST_USE enum ho_status ho_deliveries_settle(struct ho_pg *pg, struct ho_arena *arena,
                                                const struct ho_outcome *outcomes, size_t n, struct ho_error *error);

// Age of the oldest delivery that is not settled, in seconds; 0 where there is none.
HO_MUST_USE enum ho_status ho_deliveries_oldest(struct ho_pg *pg, double *seconds, struct ho_error *error);

// Intake: notices from transition.events become deliveries, in the transaction that moves the offset.
//
// Recipients are resolved here, once, by the roles that the notice names: who has them on that day, in the plan's zone.
// Each address is told once, however many roles it has. A notice that comes again changes nothing. A correction goes to
// those who were to get what it corrects.
#pragma once

#include "handoff/event.h"
#include "handoff/platform/kafka.h"
#include "handoff/role.h"

struct ho_channels {
    bool email;
    const char *mail_domain;    // of the Message-ID
    const char *webhook_host;   // "" no webhook
    const struct ho_zone *zone; // the plan's: whose date says who is away
};

struct ho_intake {
    struct ho_channels channels;
    // Of the batch that was handled last.
    int64_t notices, unreadable, without_recipient;
    int64_t unresolved[HO_ROLES]; // roles that a notice names and nobody has for its member
};

// A ho_batch_handler; `context` is a struct ho_intake.
enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                struct ho_error *error);

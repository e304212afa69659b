// The ledger as it stands: every inbound offset has one verdict, and each leg of the way handed on what it got.
//
// Read from one snapshot of the database and then from Kafka, so that what Kafka holds can only be later.
#pragma once

#include "handoff/platform/kafka.h"

enum { HO_LEDGER_VERDICTS = 8 };
extern const char *const ho_ledger_verdicts[HO_LEDGER_VERDICTS]; // non_member, matched, …

struct ho_ledger_partition {
    int32_t partition;
    int64_t start, next; // offsets: where reading began, and what comes next
    int64_t verdicts[HO_LEDGER_VERDICTS];
    int64_t sum;
    int64_t high;         // the partition's end in Kafka; -1 where it has none there
    int64_t acknowledged; // one past the highest offset that gateways acknowledged; 0 none
};

// Two numbers that must be equal once all is done.
struct ho_ledger_leg {
    const char *name;         // "linked = applied", "adt.matched: published = handled"
    const char *left, *right; // stages
    int64_t left_n, right_n;
};

struct ho_ledger_reader {
    const char *consumer, *topic;
    int64_t unread;
    int64_t beyond; // offsets handled that Kafka does not hold: the topic was made anew
};

struct ho_ledger_backlog {
    const char *topic;
    int64_t rows;
};

struct ho_ledger {
    struct ho_ledger_partition *partitions;
    size_t n_partitions;
    struct ho_ledger_leg *legs;
    size_t n_legs;
    struct ho_ledger_reader *readers;
    size_t n_readers;
    struct ho_ledger_backlog *outbox;
    size_t n_outbox;
    int64_t replans;
    const char **missing; // what is not balanced or not done, a sentence each; none: all is well
    size_t n_missing;
};

// All of it in the arena. `pg` is connected where it is not.
HO_MUST_USE enum ho_status ho_ledger_read(struct ho_arena *arena, struct ho_pg *pg, const char *brokers,
                                          struct ho_ledger *out, struct ho_error *error);

// What this gateway has acknowledged: the highest offset of each partition of adt.inbound, stated to Kafka at most
// once a second and at the end, so that a broker that forgot records is noticed.
#pragma once

#include "handoff/platform/kafka.h"

struct statement {
    struct ho_partition_range *ranges; // one past the highest acknowledged offset, in `high`
    struct ho_metric **gauges;
    size_t n;
    bool changed; // since it was written last
    struct ho_statement *kafka;
};

HO_MUST_USE enum ho_status statement_init(struct statement *statement, const char *brokers, struct ho_error *error);

void statement_note(struct statement *statement, int32_t partition, int64_t offset);
// Writes it where it has changed. Tried again at the next call where it cannot be written now.
void statement_write(struct statement *statement);
// Writes what is left and waits for it, up to `timeout_ms`.
void statement_finish(struct statement *statement, int64_t timeout_ms);
void statement_cleanup(struct statement *statement);

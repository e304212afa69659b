#include "statement.h"

#include <stdio.h>
#include <stdlib.h>

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"

#define GROUP "handoff-gateway-acknowledged"
#define TOPIC "adt.inbound"

enum { POLL_MS = 20 };

static size_t index_of(struct statement *s, int32_t partition)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->ranges[i].partition == partition)
            return i;
    size_t n = s->n + 1;
    s->ranges = reallocarray(s->ranges, n, sizeof *s->ranges);
    s->gauges = reallocarray(s->gauges, n, sizeof(void *));
    if (!s->ranges || !s->gauges)
        abort();
    char labels[40];
    snprintf(labels, sizeof labels, "partition=\"%d\"", partition);
    s->ranges[s->n] = (struct ho_partition_range){.partition = partition};
    s->gauges[s->n] = ho_gauge("handoff_gateway_acknowledged_offset",
                               "The highest offset of adt.inbound that a sender was told of, by partition.", labels);
    return s->n++;
}

void statement_note(struct statement *statement, int32_t partition, int64_t offset)
{
    size_t i = index_of(statement, partition);
    if (offset < statement->ranges[i].high)
        return;
    statement->ranges[i].high = offset + 1;
    statement->changed = true;
    ho_metric_set(statement->gauges[i], (double)offset);
}

enum ho_status statement_init(struct statement *statement, const char *brokers, struct ho_error *error)
{
    return ho_statement_new(brokers, GROUP, TOPIC, &statement->kafka, error);
}

void statement_write(struct statement *statement)
{
    struct ho_error error;
    ho_statement_poll(statement->kafka, 0); // takes the client's news, even where there is nothing to say
    statement->changed |= ho_statement_failed(statement->kafka);
    if (!statement->changed)
        return;
    if (ho_statement_write(statement->kafka, statement->ranges, statement->n, &error) == HO_OK)
        statement->changed = false;
    else
        ho_log(HO_DEBUG, "statement waits", "error=\"%s\"", error.text);
}

void statement_finish(struct statement *statement, int64_t timeout_ms)
{
    for (int64_t waited_ms = 0; statement->kafka && waited_ms < timeout_ms; waited_ms += POLL_MS) {
        if (ho_statement_poll(statement->kafka, POLL_MS) && !statement->changed)
            return;
        statement_write(statement);
    }
}

void statement_cleanup(struct statement *statement)
{
    ho_statement_free(statement->kafka);
    free(statement->ranges);
    free(statement->gauges);
}

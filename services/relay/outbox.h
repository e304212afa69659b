// Committed rows become messages: read a page of the outbox, send it in rounds, delete what was delivered.
//
// A key's next row is sent only after the earlier one's delivery report. A row that is deleted was
// delivered; one that was delivered may still be there after a crash and is sent again with the same
// ce_id, by which consumers know it.
#pragma once

#include "handoff/platform/kafka.h"
#include "shards.h"

struct ho_outbox_page {
    size_t rows, sent, failed, refused; // refused: more than their topic takes
    size_t too_large;                   // that wait because they, or an earlier one of their key, were refused
    double oldest_s;                    // age of its oldest row, seconds
};

// Rows that are larger than their topic takes. Each is told once, and sent again each minute: the topic may be changed.
// Of more than these some are told, and sent, more often.
enum { HO_OUTBOX_LARGE = 64 };

struct ho_outbox_large {
    struct {
        int64_t row, tried_us;
    } rows[HO_OUTBOX_LARGE];
    size_t n; // ever noted; the oldest makes room
};

// Serves one page of the held shards. HO_RETRY: the database is away. Deliveries that failed are counted in
// `failed` and stay for the next page. `large` is zeroed at first, and kept from page to page.
HO_MUST_USE enum ho_status ho_outbox_serve(struct ho_pg *pg, struct ho_producer *producer,
                                           const struct ho_shards *shards, struct ho_outbox_large *large,
                                           struct ho_outbox_page *page, struct ho_error *error);

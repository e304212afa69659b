// Reviews as text for a terminal, from the JSON that services/review makes.
#pragma once

#include "command.h"
#include "review/review.h"

void ho_review_print_list(const json_t *items, bool more, const struct ho_zone *zone, int64_t now);
void ho_review_print_item(const json_t *item, const struct ho_zone *zone);
void ho_review_print_links(const json_t *identities);

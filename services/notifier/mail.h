// The mail that tells somebody to look, or to ask: no names, no facility, no kind of transition, for mail is no place
// for them. Pure.
#pragma once

#include "handoff/arena.h"

enum ho_mail_reader {
    HO_MAIL_QUEUE,  // whoever works in the queue: gets its link
    HO_MAIL_CARE,   // cares for the member, and has no queue here
    HO_MAIL_FAMILY, // family or friends whom the member chose
};

struct ho_mail_facts {
    enum ho_mail_reader reader;
    const char *from, *to;  // addresses
    const char *message_id; // with angle brackets; the same at each attempt
    const char *queue_url;  // where the queue is; "" none
    bool correction;
    bool reminder; // of a task that is still open
    int64_t due;   // reminder only: when the task is due
    int64_t now;   // instant: the Date; whether the task is due soon or overdue
};

// A whole message (RFC 5322) of ASCII lines ending with CR LF, in the arena.
struct ho_bytes ho_mail_write(struct ho_arena *arena, const struct ho_mail_facts *facts);

// Whether the text can stand as an address in the envelope and the header: one @ and nothing but printable
// ASCII without brackets, quotes and separators.
bool ho_mail_address_valid(const char *address);

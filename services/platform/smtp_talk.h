// What is said to a mail server about one mail, from MAIL to the answer to its last dot (RFC 5321 ch. 3.3 and 4.5.2).
//
// Pure: replies in, in pieces of any size, and what to say next out. Greeting, EHLO, STARTTLS and AUTH come before it.
// It is ours because libcurl waits for the last answer with the whole loop.
#pragma once

#include "handoff/arena.h"
#include "handoff/platform/http_client.h"

enum { HO_SMTP_REPLY_BYTES_MAX = 64 * 1024 };

enum ho_smtp_step {
    HO_SMTP_MAIL,
    HO_SMTP_RCPT,
    HO_SMTP_DATA,
    HO_SMTP_MESSAGE,
    HO_SMTP_TAKEN,
    HO_SMTP_SAYINGS = HO_SMTP_TAKEN
};

enum ho_smtp_next { HO_SMTP_LISTEN, HO_SMTP_SPEAK, HO_SMTP_END };

struct ho_smtp_talk {
    enum ho_smtp_step step; // what is being said, or was said last
    struct ho_bytes say[HO_SMTP_SAYINGS];
    int code;           // of the reply that ended it; 0 none
    size_t reply_bytes; // of the reply in hand
    size_t line_bytes;  // of its line: no more than are kept
    char line[4];
};

// Begins with what MAIL says (`say[step]`, as always). The texts are copied into the arena, which must outlive it.
void ho_smtp_talk_init(struct ho_smtp_talk *talk, struct ho_arena *arena, const struct ho_mail *mail);
// `said_all`: the whole of `say[step]` was handed over. SPEAK: `say[step]` is what to say now. END: the mail was taken
// or refused, or the server is out of step.
enum ho_smtp_next ho_smtp_talk_hear(struct ho_smtp_talk *talk, struct ho_bytes bytes, bool said_all);
// What came of it where it ends here.
enum ho_sent ho_smtp_talk_outcome(const struct ho_smtp_talk *talk, bool said_all);

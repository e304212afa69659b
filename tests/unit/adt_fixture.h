// What the tests of the ADT reader share: feeds, and messages to begin with.
#pragma once

#include "../support/unit.h"
#include "handoff/adt.h"

#define HEAD "MSH|^~\\&|APP|FAC|ME|HERE|20261120083212||ADT^A01^ADT_A01|ID1|P|2.5.1\r"
#define OTHER "MSH|^~\\&|X|SOME HOSPITAL^1.2.3^ISO|ME|HERE|20261120083212||ADT^A01|ID1|P|2.5.1\r"
#define EVN "EVN|A01|20261120083210|||OP|20261120081500\r"
#define PID "PID|1||42^^^GG^MR||Doe^Jane\r"

enum { ADT_FEEDS = 4 };

extern struct ho_arena *arena;
extern struct ho_feed feeds[ADT_FEEDS]; // "default", "app" (APP, any), "fac" (any, FAC), "both"
extern const struct ho_feeds all_feeds;

int adt_open(void **state);
int adt_close(void **state);

struct ho_adt read_message(const char *text);
// The one event of a message that must have one.
const ho_adt_event *event_of(const char *text);
void expect_rejected(const char *text, const char *reason, const char *place);

const char *join(const char *a, const char *b, const char *c);
int64_t instant_of(const char *rfc);

// The Kafka topics with their partitions and settings, stated in one place: handoffctl makes and checks them, the
// matcher checks them when it starts.
#pragma once

#include "handoff/platform/kafka.h"

enum { HO_TOPICS = 5 };
extern const struct ho_topic_spec ho_topics[HO_TOPICS];

// What a topic's spec says about a setting; NULL where it says nothing.
const char *ho_topic_stated(const struct ho_topic_spec *spec, const char *name);

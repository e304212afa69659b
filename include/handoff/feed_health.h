// Feed health: whether what a feed sends is as it used to be, in numbers and in words.
//
// A feed is measured by its own weekly rhythm: what is to be expected at an hour of the week is the median of that hour
// in the last eight weeks, by the feed's own clock. A feed with less than one message an hour has no hours of its own:
// what is to be expected is the median of its weeks, spread evenly. What would come by chance in one of 10,000 looks,
// or more often, is never told of (Chernoff's bounds of the Poisson and binomial tails).
//
// Pure: the time is a parameter. All that is handed out lies in the arena. One thread.
#pragma once

#include "handoff/time.h"

enum {
    HO_FEED_WEEKS = 8,     // that a rhythm is learnt from
    HO_FEED_WEEKS_MIN = 2, // before there is one
    HO_FEED_WEEK_HOURS = 168,
    HO_FEED_KEPT_DAYS = 400,      // the hours' counts
    HO_FEED_SENDER_DAYS = 30,     // the words by which a sender without a feed calls himself
    HO_FEED_FUTURE_SECONDS = 300, // a record later than its receipt by more is one of the future
    HO_FEED_LATE_SECONDS = 3600,
    HO_FEED_SKEW_MAX_SECONDS = 86400, // beyond it a difference is no clock's, and in no mean
};

// In the order of the matcher's verdicts.
enum { HO_FEED_VERDICTS = 6 };
extern const char *const ho_feed_verdict_names[HO_FEED_VERDICTS]; // "non-member", "matched" …

enum ho_feed_lack {
    HO_LACK_VISIT,
    HO_LACK_BIRTH_DATE,
    HO_LACK_NAME,
    HO_LACK_MRN,
    HO_LACK_SEX,
    HO_LACK_CONTACT,
    HO_LACK_EVENT_TIME,
    HO_LACK_CLASS,
    HO_LACK_DISPOSITION,
    HO_LACK_ADMIT_SOURCE,
    HO_FEED_FIELDS
};
extern const char *const ho_feed_field_names[HO_FEED_FIELDS]; // "visit-number", "birth-date" …
extern const char *const ho_feed_field_words[HO_FEED_FIELDS]; // "no visit number", "unknown patient class" …

struct ho_feed_counts {
    int64_t verdicts[HO_FEED_VERDICTS];
    int64_t lacks[HO_FEED_FIELDS];
    // Seconds from record to receipt: number and sum of those within a day, least and most of all (where has_skew).
    int64_t skew_n, skew_sum_s, skew_min_s, skew_max_s;
    int64_t in_future, late;
    bool has_skew;
};

int64_t ho_feed_messages(const struct ho_feed_counts *counts);
// Adds one message's seconds from record to receipt.
void ho_feed_add_skew(struct ho_feed_counts *counts, int64_t skew_s);

struct ho_feed_hour {
    int64_t hour; // the instant of its beginning
    int64_t messages;
};

struct ho_feed_history {
    const struct ho_zone *zone;
    const struct ho_feed_hour *hours; // in any order; those of the same hour add up
    size_t n_hours;
    int64_t last;                      // the latest message; 0: none
    struct ho_feed_counts day, before; // the last day's, and the weeks' before it
    bool irregular;                    // of many senders who come and go: no rhythm, and no silence
};

enum ho_feed_state {
    HO_FEED_STEADY,
    HO_FEED_LEARNING, // for less than two weeks: no rhythm yet
    HO_FEED_LOW,
    HO_FEED_HIGH,
    HO_FEED_SILENT,
    HO_FEED_NEVER, // nothing in eight weeks
    HO_FEED_STATES
};
extern const char *const ho_feed_state_names[HO_FEED_STATES]; // "steady", "learning" …

// The running hour with so many before it.
struct ho_feed_rate {
    int hours;
    int64_t messages;
    double expected; // 0 while there is no rhythm
};
enum { HO_FEED_RATES = 3 };
extern const int ho_feed_rate_hours[HO_FEED_RATES]; // 1, 6 and 24

// Of the messages that could lack something; -1 where there were none.
struct ho_feed_share {
    double day, before;
    bool moved;
};

struct ho_feed_health {
    enum ho_feed_state state;
    bool has_rhythm;
    int64_t last;
    double missed; // messages that were to be expected since the last one
    struct ho_feed_rate rates[HO_FEED_RATES];
    double expected[HO_FEED_WEEK_HOURS]; // from Monday 00:00, local
    int64_t got[HO_FEED_WEEK_HOURS];     // in the seven days before the running hour
    struct ho_feed_share verdicts[HO_FEED_VERDICTS];
    struct ho_feed_share lacks[HO_FEED_FIELDS]; // less of them is no note
    struct ho_feed_counts day;
    bool has_skew; // of the last day
    double skew_mean_s;
    const char **notes; // what is to be known, a sentence each; none where all is as usual
    size_t n_notes, notes_capacity;
};

void ho_feed_health(struct ho_arena *arena, const struct ho_feed_history *history, int64_t now,
                    struct ho_feed_health *out);

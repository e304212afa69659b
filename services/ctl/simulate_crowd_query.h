// What a hospital's feed says of a person: the fields of PID and IN1, as the feed is used to write them.
#pragma once

#include "simulate_crowd_people.h"
#include "simulate_file.h"

enum { HO_CROWD_CARD_BYTES = 24, HO_CROWD_KIND_BYTES = 192, HO_CROWD_PHONE_BYTES = 24 };

// What a query still has in common with the member, part by part. Noise takes away from it.
enum ho_crowd_part {
    HO_CROWD_GIVEN,
    HO_CROWD_SURNAME,
    HO_CROWD_BIRTH,
    HO_CROWD_PHONE,
    HO_CROWD_ADDRESS,
    HO_CROWD_CARD,
    HO_CROWD_PARTS
};

struct ho_crowd_feed {
    const char *name;
    bool capitals, plain;      // PEREZ NUNEZ for Pérez Núñez
    uint8_t width;             // of surname and given name, 0 any
    uint8_t phone_form;        // of phone_forms
    uint8_t address_form;      // enum ho_crowd_form
    uint8_t middle_per_mille;  // in tenths: sends a middle name in full, …
    uint8_t initial_per_mille; // … or its first letter
    bool dashes;               // 1980-02-29 for 19800229
    bool zip4;
};

struct ho_crowd_query {
    const struct ho_crowd_feed *feed;
    struct ho_crowd_home home;
    char given[HO_CROWD_SURNAME_BYTES], middle[HO_CROWD_MIDDLE_BYTES], surname[HO_CROWD_SURNAME_BYTES];
    char suffix[HO_CROWD_SUFFIX_BYTES];
    char birth[12]; // YYYYMMDD, or what stands there
    char sex[2];
    char phone[HO_CROWD_PHONE_BYTES]; // ten digits, or what stands there
    char address[HO_CROWD_ADDRESS_BYTES], city[48], zip[16];
    const char *language;
    char card[HO_CROWD_CARD_BYTES];
    int worth[HO_CROWD_PARTS];
    char kind[HO_CROWD_KIND_BYTES]; // of the truth: noises joined by '+'
};

// Clean: all that the feed sends is true.
void ho_crowd_query_init(struct ho_crowd_query *query, const struct ho_crowd *crowd, struct ho_sim_random *random,
                         const struct ho_crowd_person *person);
void ho_crowd_query_put(struct ho_sim_file *file, struct ho_sim_random *random, const struct ho_crowd_query *query,
                        uint32_t index);
void ho_crowd_query_kind(struct ho_crowd_query *query, const char *kind);

// The roster's row, and its first line.
extern const char ho_crowd_roster_header[], ho_crowd_query_header[], ho_crowd_truth_header[];
void ho_crowd_roster_put(struct ho_sim_file *file, const struct ho_crowd *crowd, const struct ho_crowd_person *person,
                         uint32_t index);
void ho_crowd_truth_put(struct ho_sim_file *file, uint32_t index, bool is_member, uint32_t member, const char *kind);

// Numbers on cards.
enum ho_crowd_card {
    HO_CROWD_NO_CARD,
    HO_CROWD_CIN,
    HO_CROWD_BIC,
    HO_CROWD_PLAN_ID,
    HO_CROWD_MBI,
    HO_CROWD_OTHER_CARD
};
void ho_crowd_card_put(char out[HO_CROWD_CARD_BYTES], const struct ho_crowd *crowd, struct ho_sim_random *random,
                       enum ho_crowd_card card, uint32_t number);

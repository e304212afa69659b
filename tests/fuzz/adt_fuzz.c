// Any bytes: a verdict, events whose texts are clean UTF-8 and survive packing, and an acknowledgement that
// can be read.
#include "fuzz.h"
#include "handoff/ack.h"
#include "handoff/adt.h"

static struct ho_arena *arena;
static struct ho_feed feed = {.name = "fuzz",
                              .sending_application = "*",
                              .sending_facility = "*",
                              .facility = "",
                              .mrn_authority = "GG",
                              .test_traffic = HO_TEST_WORK};
static const struct ho_feeds feeds = {&feed, 1};

static void prepare(void)
{
    static struct ho_zone *zone;
    if (zone)
        return;
    arena = ho_arena_new(0);
    HOLDS(ho_zone_new("America/Los_Angeles", &zone, NULL) == HO_OK);
    feed.zone = zone;
}

// The code point at `p`, and how long it is; 0 where the bytes are not well-formed.
static size_t code_point(const unsigned char *p, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
    *out = n == 1 ? *p : *p & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        *out = *out << 6 | (p[i] & 0x3F);
    }
    return n && *out >= least[n] && *out <= 0x10FFFF && !(*out >= 0xD800 && *out < 0xE000) ? n : 0;
}

static void check_text(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    HOLDS(*p != ' ' && (!*p || p[strlen(text) - 1] != ' '));
    while (*p) {
        uint32_t c;
        size_t n = code_point(p, &c);
        HOLDS(n && c >= ' ' && (c < 0x7F || c > 0x9F));
        p += n;
    }
}

static void check_event(const ho_adt_event *e)
{
    const char *const texts[] = {e->trigger,
                                 e->facility,
                                 e->mrn,
                                 e->visit,
                                 e->account,
                                 e->prior_mrn,
                                 e->prior_account,
                                 e->prior_visit,
                                 e->patient_class_code,
                                 e->disposition,
                                 e->attending,
                                 e->admit_source,
                                 e->service,
                                 e->admission_type,
                                 e->person->surname,
                                 e->person->given,
                                 e->person->middle,
                                 e->person->suffix,
                                 e->person->sex,
                                 e->person->phone,
                                 e->person->address,
                                 e->person->city,
                                 e->person->state,
                                 e->person->zip,
                                 e->person->language,
                                 e->location->bed,
                                 e->prior_location->bed};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
    for (size_t i = 0; i < e->person->n_identifiers; i++)
        check_text(e->person->identifiers[i]->value);
    HOLDS(*e->mrn && e->recorded && e->occurred);
    HOLDS(!e->person->birth_date || ho_date_valid(e->person->birth_date));
    struct ho_bytes packed = ho_message_pack(arena, &e->base);
    const ho_adt_event *back = ho_adt_event_unpack(arena, packed);
    HOLDS(back && ho_bytes_equal(ho_message_pack(arena, &back->base), packed));
}

static void check_ack(struct ho_bytes bytes)
{
    struct ho_ack_request request;
    struct ho_ack_decision decision;
    struct ho_hl7_message ack;
    ho_ack_inspect(bytes, &request);
    enum ho_ack_outcome outcome = ho_ack_outcome_of(&request);
    ho_ack_decide(&request, outcome, &decision);
    HOLDS(decision.code || request.enhanced);
    struct ho_bytes text =
        ho_ack_write(arena, &request, outcome, decision.code ? decision.code : "AA", "20261122", "H1");
    HOLDS(ho_hl7_parse(arena, text, &ack));
    struct ho_hl7_segment *msa = ho_hl7_segment(&ack, HO_HL7_NAME('M', 'S', 'A'), 0);
    HOLDS(msa && ho_bytes_equal(ho_hl7_field(&ack, msa, 2), request.control_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ho_bytes bytes = {data, n};
    struct ho_adt adt;
    struct ho_hl7_message message;
    prepare();
    ho_adt_read(arena, bytes, &feeds, &adt);
    HOLDS(adt.feed == &feed);
    HOLDS((adt.verdict == HO_ADT_EVENT) == (adt.n_events > 0));
    HOLDS((adt.verdict == HO_ADT_REJECTED) == (adt.reason && adt.place));
    for (size_t i = 0; i < adt.n_events; i++)
        check_event(adt.events[i]);
    if (ho_hl7_parse(arena, bytes, &message)) {
        struct ho_bytes key = ho_adt_key(arena, &message, &feed);
        HOLDS(adt.n_events == 0 ||
              ho_bytes_equal(
                  key, ho_bytes_of(ho_arena_printf(arena, "%s\x1F%s", adt.events[0]->facility, adt.events[0]->mrn))));
    }
    check_ack(bytes);
    ho_arena_reset(arena);
    return 0;
}

// What it costs to read one message: parse and normalise, beside SHA-256 of the same bytes.
//
// Prints "name value unit", a line each. The figures are medians of several rounds, in time of the processor,
// over the corpora that lie beside the repository, and over one message of a kilobyte that is made here.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../support/corpus.h"
#include "handoff/adt.h"
#include "handoff/digest.h"

enum { ROUNDS = 15, ROUND_NS = 60 * 1000 * 1000, BETWEEN_CLOCKS = 100 };

static const char kilobyte[] =
    "MSH|^~\\&|EPIC|GOLDEN GATE MEDICAL^1.2.840.114350^ISO|HANDOFF|PLAN|20261120083212||ADT^A01^ADT_A01|"
    "GG20261120083212001|P|2.5.1|||AL|NE|||UNICODE UTF-8\r"
    "EVN|A01|20261120083210|||ADMIT01^Okafor^Ruth^^^^RN|20261120081500|GOLDEN GATE MEDICAL\r"
    "PID|1||7719024^^^GGMC^MR~91234567A^^^MEDI-CAL^MA~900-00-1234^^^USSSA^SS||Quintero&Quintero^Marisol^Elena^^^^L||"
    "19710423|F||2106-3^White^CDCREC|1841 Sycamore Grove Ave^Apt 12^Santa Ana^CA^92701^USA^H||"
    "^PRN^PH^^1^714^5550182|^WPN^PH^^1^714^5550107|es^Spanish^ISO639|M|CAT|880012345^^^GGMC^AN|||||||||||N\r"
    "PV1|1|I|5WEST^512^B^GGMC^^^^^TOWER|E|||1093817465^Ferraro^Lucinda^M^^^MD^^NPI|1558392011^Nakamura^Devin^^^^MD|"
    "|MED||||7|||1093817465^Ferraro^Lucinda^M^^^MD|IP|5500918273^^^GGMC^VN|MCAL|||||||||||"
    "|||||||||||||20261120081500\r"
    "DG1|1||J44.1^Chronic obstructive pulmonary disease with acute exacerbation^I10||20261120|A\r"
    "DG1|2||E11.9^Type 2 diabetes mellitus without complications^I10||20261120|W\r"
    "IN1|1|MCAL^Medi-Cal Managed Care|CALPLAN|County Health Plan|||||||||||HMO||SEL|||||||||||||||||||91234567A\r";

static struct ho_feed feed = {.name = "bench",
                              .sending_application = "*",
                              .sending_facility = "*",
                              .facility = "",
                              .mrn_authority = "",
                              .test_traffic = HO_TEST_WORK};

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static unsigned sink; // keeps the compiler from leaving out the work

static void index_message(struct ho_arena *arena, struct ho_bytes bytes)
{
    struct ho_hl7_message message;
    sink += ho_hl7_parse(arena, bytes, &message) && message.n_segments;
}

static void read_message(struct ho_arena *arena, struct ho_bytes bytes)
{
    struct ho_feeds feeds = {&feed, 1};
    struct ho_adt adt;
    ho_adt_read(arena, bytes, &feeds, &adt);
    sink += (unsigned)adt.n_events;
}

static void hash_message(struct ho_arena *arena, struct ho_bytes bytes)
{
    uint8_t digest[32];
    (void)arena;
    ho_digest(&bytes, 1, digest);
    sink += digest[0];
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Nanoseconds a message, the median of all rounds.
static double measure(const struct corpus *c, void (*work)(struct ho_arena *, struct ho_bytes))
{
    double rounds[ROUNDS];
    struct ho_arena *arena = ho_arena_new(0);
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t begun = cpu_ns(), spent = 0, messages = 0;
        for (; spent < ROUND_NS; spent = cpu_ns() - begun) {
            for (size_t k = 0; k < c->n || k < BETWEEN_CLOCKS; k++) {
                work(arena, c->files[k % c->n].bytes);
                ho_arena_reset(arena);
                messages++;
            }
        }
        rounds[i] = (double)spent / (double)messages;
    }
    ho_arena_free(arena);
    qsort(rounds, ROUNDS, sizeof *rounds, by_value);
    return rounds[ROUNDS / 2];
}

static void report(const char *name, const struct corpus *c)
{
    size_t bytes = 0;
    for (size_t i = 0; i < c->n; i++)
        bytes += c->files[i].bytes.n;
    double read = measure(c, read_message), hash = measure(c, hash_message);
    printf("parse.%s.messages %zu count\n", name, c->n);
    printf("parse.%s.size %.0f bytes\n", name, (double)bytes / (double)c->n);
    printf("parse.%s.index %.0f ns\n", name, measure(c, index_message));
    printf("parse.%s.read %.0f ns\n", name, read);
    printf("parse.%s.sha256 %.0f ns\n", name, hash);
    printf("parse.%s.read_by_sha256 %.2f ratio\n", name, read / hash);
}

// The rest is refused at its header, and would make the figure better than it is.
static void keep_adt(struct corpus *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (memmem(c->files[i].bytes.p, c->files[i].bytes.n, "|ADT^", 5))
            c->files[n++] = c->files[i];
    }
    c->n = n;
}

int main(void)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_zone *zone;
    struct ho_error error;
    if (ho_zone_new("America/Los_Angeles", &zone, &error) != HO_OK) {
        fprintf(stderr, "handoff-bench-parse: %s\n", error.text);
        return 1;
    }
    feed.zone = zone;
    struct corpus_file made = {.bytes = {(const uint8_t *)kilobyte, sizeof kilobyte - 1}};
    report("kilobyte", &(struct corpus){&made, 1, 1});
    struct corpus c;
    corpus_read_folder(arena, CONVERTER_FOLDER, ".hl7", &c);
    if (c.n)
        report("converter", &c);
    corpus_read_messages(arena, SIMHOSPITAL_FILE, &c);
    keep_adt(&c);
    if (c.n)
        report("simhospital", &c);
    ho_zone_free(zone);
    ho_arena_free(arena);
    return sink == 0;
}

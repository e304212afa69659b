#include "x834.h"

#include "x834_codes.h"

#include "handoff/match.h"
#include "handoff/time.h"

#include <stdlib.h>

// Where in an INS loop the segment in hand stands.
enum part {
    NO_LOOP,
    OF_MEMBER,   // 2000: INS, REF, DTP
    OF_NAME,     // 2100A: the member's own NM1 and what follows it
    OF_COVERAGE, // 2300: HD and its DTP
    OF_OTHERS,   // somebody else's NM1, what a school, an employer or a reporting category says
};

struct ho_x834 {
    struct ho_x834_options options;
    struct ho_x834_handler handler;
    struct ho_x12 *x12;
    struct ho_arena *arena; // a loop's
    enum part part;
    bool refused, spoken; // of the loop: has a fault; has the language that is spoken
    bool corrected;       // its NM1*74 was there
    bool dependent;       // its REF*0F is the subscriber's number
    bool coverage_counts; // the HD in hand is one that is asked for
    bool failed;          // the file as a whole
    struct ho_x834_member member;
};

static void read_segment(void *context, const struct ho_x12_segment *segment);

struct ho_x834 *ho_x834_new(const struct ho_x834_options *options, const struct ho_x834_handler *handler)
{
    struct ho_x834 *x834 = calloc(1, sizeof *x834);
    if (!x834)
        abort();
    x834->options = *options;
    x834->handler = *handler;
    x834->arena = ho_arena_new(0);
    x834->x12 = ho_x12_new(read_segment, x834);
    return x834;
}

void ho_x834_free(struct ho_x834 *x834)
{
    if (!x834)
        return;
    ho_x12_free(x834->x12);
    ho_arena_free(x834->arena);
    free(x834);
}

// ---- Faults ----------------------------------------------------------------------------------------

static void report(struct ho_x834 *x834, uint64_t segment, const char *element, const char *what)
{
    const struct ho_roster_fault fault = {segment, element, what};
    x834->handler.faults.report(x834->handler.faults.context, &fault);
}

// What is wrong with the loop in hand: the first fault is told, and the loop is refused.
static void refuse(struct ho_x834 *x834, uint64_t segment, const char *element, const char *what)
{
    if (!x834->refused)
        report(x834, segment, element, what);
    x834->refused = true;
}

static void fail_file(struct ho_x834 *x834, uint64_t segment, const char *element, const char *what)
{
    if (!x834->failed)
        report(x834, segment, element, what);
    x834->failed = true;
}

// ---- Elements --------------------------------------------------------------------------------------

static struct ho_bytes element(const struct ho_x12_segment *s, size_t i)
{
    return ho_bytes_trim(ho_x12_element(s, i));
}

static struct ho_bytes first_component(const struct ho_x12_segment *s, size_t i)
{
    struct ho_bytes whole = element(s, i);
    const uint8_t *at = whole.n ? memchr(whole.p, s->component, whole.n) : NULL;
    return at ? ho_bytes_from(whole.p, (size_t)(at - whole.p)) : whole;
}

// Takes what an element says; an empty one says that there is none. The value is copied, for the segment goes.
static void say(struct ho_x834 *x834, const struct ho_x12_segment *s, const char *name, enum ho_roster_column column,
                struct ho_bytes value)
{
    const char *wrong = ho_roster_value_take(x834->arena, column, ho_arena_copy(x834->arena, value), &x834->member.row);
    x834->member.said[column] = true;
    if (wrong)
        refuse(x834, s->number, name, wrong);
}

static void say_where_filled(struct ho_x834 *x834, const struct ho_x12_segment *s, const char *name,
                             enum ho_roster_column column, struct ho_bytes value)
{
    if (value.n)
        say(x834, s, name, column, value);
}

static uint32_t read_date(struct ho_x834 *x834, const struct ho_x12_segment *s, const char *name, struct ho_bytes value)
{
    uint32_t date = ho_date_parse(value);
    if (!date)
        refuse(x834, s->number, name, "is no date (CCYYMMDD); correct it, or leave the member out with --partial");
    return date;
}

static bool maintenance_of(struct ho_bytes code, bool of_coverage, enum ho_x834_maintenance *out)
{
    static const struct {
        const char *code;
        enum ho_x834_maintenance meaning;
        bool of_coverage_only;
    } codes[] = {
        {"001", HO_X834_CHANGE, false},   {"021", HO_X834_ADDITION, false}, {"024", HO_X834_END, false},
        {"025", HO_X834_ADDITION, false}, {"030", HO_X834_AUDIT, false},    {"026", HO_X834_CHANGE, true},
        {"032", HO_X834_UNTOUCHED, true},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (ho_bytes_is(code, codes[i].code) && (of_coverage || !codes[i].of_coverage_only)) {
            *out = codes[i].meaning;
            return true;
        }
    return false;
}

// ---- The member ------------------------------------------------------------------------------------

static void take_medicare(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    struct ho_bytes code = first_component(s, 6);
    if (!code.n)
        return;
    if (code.n == 1 && strchr("ABCD", code.p[0]))
        say(x834, s, "INS-06", HO_ROSTER_DUAL, ho_bytes_of("yes"));
    else if (ho_bytes_is(code, "E"))
        say(x834, s, "INS-06", HO_ROSTER_DUAL, ho_bytes_of("no"));
    else
        refuse(x834, s->number, "INS-06", "is none of A, B, C, D, E (Medicare); correct it, or leave it blank");
}

static void begin_loop(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    struct ho_x834_member *m = &x834->member;
    struct ho_x834_member fresh = {.segment = s->number, .row.line = s->number, .file_date = m->file_date};
    memcpy(fresh.sender, m->sender, sizeof fresh.sender);
    ho_arena_reset(x834->arena);
    *m = fresh;
    x834->part = OF_MEMBER;
    x834->refused = x834->spoken = x834->corrected = false;
    if (!maintenance_of(element(s, 3), false, &x834->member.maintenance))
        refuse(x834, s->number, "INS-03",
               "is none of 001, 021, 024, 025, 030; ask the sender what is meant, or leave the member out with "
               "--partial");
    x834->dependent = ho_bytes_is(element(s, 1), "N");
    if (!x834->dependent && !ho_bytes_is(element(s, 1), "Y"))
        refuse(x834, s->number, "INS-01", "is neither Y (subscriber) nor N (dependent); ask the sender");
    else if (x834->dependent && strcmp(x834->options.member_ref, "0F") == 0)
        refuse(x834, s->number, "INS-01",
               "is a dependent's, whose REF*0F is the subscriber's number; say with --member-ref which reference holds "
               "the dependent's own");
    take_medicare(x834, s);
    if (element(s, 12).n)
        x834->member.died = read_date(x834, s, "INS-12", element(s, 12));
}

static void check_coverages(struct ho_x834 *x834)
{
    for (size_t i = 0; i < x834->member.n_coverages; i++) {
        const struct ho_x834_coverage *c = &x834->member.coverages[i];
        if (c->maintenance != HO_X834_END && c->to && c->to < c->from)
            refuse(x834, x834->member.segment, "DTP",
                   "349 of a coverage lies before its 348; correct it, or leave the member out with --partial");
    }
}

static void end_loop(struct ho_x834 *x834)
{
    if (x834->part == NO_LOOP)
        return;
    x834->part = NO_LOOP;
    check_coverages(x834);
    if (!x834->member.row.text[HO_ROSTER_MEMBER_ID].n)
        refuse(x834, x834->member.segment, "REF",
               "with the member's number is missing; --member-ref tells which reference holds it (0F)");
    if (!x834->failed)
        x834->handler.member(x834->handler.context, &x834->member, x834->refused);
}

// Where one reference is read as both numbers, what has no CIN's form is the plan's own, and takes no CIN's place.
static bool is_no_cin(const struct ho_x834 *x834, enum ho_roster_column column, struct ho_bytes value)
{
    return column == HO_ROSTER_CIN && strcmp(x834->options.member_ref, x834->options.cin_ref) == 0 &&
           !ho_number_is_cin(ho_arena_text(x834->arena, value));
}

static void take_reference(struct ho_x834 *x834, const struct ho_x12_segment *s, struct ho_bytes name,
                           struct ho_bytes value, const char *element_name)
{
    const struct {
        const char *wanted;
        enum ho_roster_column column;
    } references[] = {
        {x834->options.member_ref, HO_ROSTER_MEMBER_ID},
        {x834->options.cin_ref, HO_ROSTER_CIN},
        {x834->options.plan_ref, HO_ROSTER_PLAN_ID},
    };
    if (!name.n || (x834->dependent && ho_bytes_is(name, "0F")))
        return;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (ho_bytes_is(name, references[i].wanted) && !x834->member.said[references[i].column] &&
            !is_no_cin(x834, references[i].column, value))
            say_where_filled(x834, s, element_name, references[i].column, value);
}

static void take_ref(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    if (x834->part == OF_MEMBER)
        take_reference(x834, s, element(s, 1), element(s, 2), "REF-02");
}

// The corrected name (74) is the member's, whatever name stood before it.
static void take_nm1(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    if (x834->part == NO_LOOP)
        return;
    bool corrected = ho_bytes_is(element(s, 1), "74");
    bool own = (x834->part == OF_MEMBER || x834->part == OF_NAME) && (corrected || ho_bytes_is(element(s, 1), "IL"));
    x834->part = own ? OF_NAME : OF_OTHERS;
    if (!own || (x834->corrected && !corrected))
        return;
    x834->corrected = corrected;
    say(x834, s, "NM1-03", HO_ROSTER_SURNAME, element(s, 3));
    say(x834, s, "NM1-04", HO_ROSTER_GIVEN, element(s, 4));
    say(x834, s, "NM1-05", HO_ROSTER_MIDDLE, element(s, 5));
    say(x834, s, "NM1-07", HO_ROSTER_SUFFIX, element(s, 7));
    take_reference(x834, s, ho_bytes_of("NM109"), element(s, 9), "NM1-09");
}

// Three numbers at most, each with its kind before it. The usual one goes before home and cell.
static void take_per(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    static const char *const kinds[] = {"TE", "HP", "CP"};
    if (x834->part != OF_NAME)
        return;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 3; i <= 7; i += 2)
            if (ho_bytes_is(element(s, i), kinds[k]) && element(s, i + 1).n) {
                say(x834, s, "PER", HO_ROSTER_PHONE, element(s, i + 1));
                return;
            }
}

static void take_n3(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    struct ho_bytes first = element(s, 1), second = element(s, 2);
    if (x834->part != OF_NAME)
        return;
    if (second.n)
        first = ho_bytes_of(ho_arena_printf(x834->arena, "%.*s %.*s", HO_BYTES_ARG(first), HO_BYTES_ARG(second)));
    say(x834, s, "N3-01", HO_ROSTER_ADDRESS, first);
}

static void take_n4(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    if (x834->part != OF_NAME)
        return;
    say(x834, s, "N4-01", HO_ROSTER_CITY, element(s, 1));
    say(x834, s, "N4-02", HO_ROSTER_STATE, element(s, 2));
    say(x834, s, "N4-03", HO_ROSTER_ZIP, element(s, 3));
    if (ho_bytes_is(element(s, 5), "CY"))
        say_where_filled(x834, s, "N4-06", HO_ROSTER_COUNTY, ho_x834_county(element(s, 6)));
}

static void take_dmg(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    if (x834->part != OF_NAME)
        return;
    say_where_filled(x834, s, "DMG-02", HO_ROSTER_BIRTH_DATE, element(s, 2));
    say_where_filled(x834, s, "DMG-03", HO_ROSTER_SEX, element(s, 3));
}

// Of several languages the one that is spoken (LUI-04 7), else the first.
static void take_lui(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    bool spoken = ho_bytes_is(element(s, 4), "7");
    if (x834->part != OF_NAME || x834->spoken || (x834->member.said[HO_ROSTER_LANGUAGE] && !spoken))
        return;
    x834->spoken = spoken;
    say_where_filled(x834, s, "LUI-02", HO_ROSTER_LANGUAGE, ho_x834_language(element(s, 2)));
}

// ---- Coverage --------------------------------------------------------------------------------------

static void take_hd(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    struct ho_x834_member *m = &x834->member;
    const char *wanted = x834->options.coverage;
    if (x834->part == NO_LOOP)
        return;
    x834->part = OF_COVERAGE;
    x834->coverage_counts = !*wanted || ho_bytes_is(element(s, 3), wanted) || ho_bytes_is(element(s, 4), wanted);
    if (!x834->coverage_counts)
        return;
    if (m->n_coverages == HO_X834_COVERAGES_MAX) {
        refuse(x834, s->number, "HD", "is the member's 65th; --coverage tells which of them count");
        return;
    }
    if (maintenance_of(element(s, 1), true, &m->coverages[m->n_coverages].maintenance))
        m->n_coverages++;
    else
        refuse(x834, s->number, "HD-01",
               "is none of 001, 021, 024, 025, 026, 030, 032; ask the sender what is meant, or leave the member out "
               "with --partial");
}

// Where a date of this kind belongs here; NULL: it is none of those that count.
static uint32_t *place_of_date(struct ho_x834 *x834, struct ho_bytes kind)
{
    struct ho_x834_member *m = &x834->member;
    if (x834->part == OF_COVERAGE && x834->coverage_counts && m->n_coverages) {
        struct ho_x834_coverage *coverage = &m->coverages[m->n_coverages - 1];
        if (ho_bytes_is(kind, "348"))
            return &coverage->from;
        if (ho_bytes_is(kind, "349"))
            return &coverage->to;
        return ho_bytes_is(kind, "303") ? &coverage->changed : NULL;
    }
    if (x834->part != OF_MEMBER)
        return NULL;
    if (ho_bytes_is(kind, "356"))
        return &m->began;
    if (ho_bytes_is(kind, "357"))
        return &m->ended;
    return ho_bytes_is(kind, "303") ? &m->changed : NULL;
}

static void take_dtp(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    enum { OPEN = 99991231 };
    uint32_t *place = place_of_date(x834, element(s, 1));
    if (!place)
        return;
    if (!ho_bytes_is(element(s, 2), "D8")) {
        refuse(x834, s->number, "DTP-02", "is not D8, a date; ask the sender, or leave the member out with --partial");
        return;
    }
    *place = read_date(x834, s, "DTP-03", element(s, 3));
    if (*place == OPEN)
        *place = 0;
}

// ---- The file --------------------------------------------------------------------------------------

static void take_isa(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    struct ho_bytes sender = element(s, 6);
    char *out = x834->member.sender;
    memset(out, 0, HO_X834_SENDER_BYTES);
    for (size_t i = 0; i < sender.n && i < HO_X834_SENDER_BYTES - 1; i++)
        out[i] = (char)(sender.p[i] >= ' ' && sender.p[i] <= '~' ? sender.p[i] : '?');
    if (ho_bytes_is(element(s, 15), "T") && !x834->options.test)
        fail_file(x834, s->number, "ISA-15", "is T: the sender calls this test data; --test imports it all the same");
}

static void take_gs(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    static const char version[] = "005010X220";
    struct ho_bytes got = element(s, 8);
    if (got.n < sizeof version - 1 || memcmp(got.p, version, sizeof version - 1) != 0)
        fail_file(x834, s->number, "GS-08",
                  "is not 005010X220A1, the 834 that is read here; ask the sender for that version");
}

static void take_st(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    x834->member.file_date = 0;
    if (!ho_bytes_is(element(s, 1), "834"))
        fail_file(x834, s->number, "ST-01", "is not 834: this is no file of enrolments");
}

static void take_bgn(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    x834->member.file_date = ho_date_parse(element(s, 3));
    if (!x834->member.file_date)
        fail_file(x834, s->number, "BGN-03", "is no date (CCYYMMDD); ask the sender for the file again");
}

static void take_ins(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    end_loop(x834);
    if (!x834->member.file_date)
        fail_file(x834, s->number, "INS",
                  "stands before a BGN with the file's date; ask the sender for the file again");
    begin_loop(x834, s);
}

static void take_end(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    (void)s;
    end_loop(x834);
}

static void take_others(struct ho_x834 *x834, const struct ho_x12_segment *s)
{
    (void)s;
    if (x834->part != NO_LOOP)
        x834->part = OF_OTHERS;
}

static void read_segment(void *context, const struct ho_x12_segment *s)
{
    static const struct {
        const char *name;
        void (*take)(struct ho_x834 *x834, const struct ho_x12_segment *s);
    } segments[] = {
        {"REF", take_ref},    {"DTP", take_dtp},   {"HD", take_hd},     {"NM1", take_nm1},    {"INS", take_ins},
        {"N3", take_n3},      {"N4", take_n4},     {"DMG", take_dmg},   {"PER", take_per},    {"LUI", take_lui},
        {"ISA", take_isa},    {"GS", take_gs},     {"ST", take_st},     {"BGN", take_bgn},    {"SE", take_end},
        {"COB", take_others}, {"LX", take_others}, {"LS", take_others}, {"DSB", take_others}, {"N1", take_others},
    };
    struct ho_x834 *x834 = context;
    for (size_t i = 0; i < sizeof segments / sizeof *segments && !x834->failed; i++)
        if (ho_bytes_is(s->elements[0], segments[i].name)) {
            segments[i].take(x834, s);
            return;
        }
}

void ho_x834_feed(struct ho_x834 *x834, struct ho_bytes bytes)
{
    ho_x12_feed(x834->x12, bytes);
}

bool ho_x834_end(struct ho_x834 *x834)
{
    const struct ho_x12_fault *fault = ho_x12_end(x834->x12);
    if (fault)
        fail_file(x834, fault->segment, fault->element, fault->what);
    return !x834->failed;
}

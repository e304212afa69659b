// The reader of X12 segments, what an 834's loops say, and how that goes together with what is known.
#include "../support/unit.h"

#include "roster/x834_codes.h"
#include "roster/x834_merge.h"

#define ISA_OF(usage)                                                                                                  \
    "ISA*00*          *00*          *ZZ*PLANINVENTED   *ZZ*HANDOFF        *260401*0830*^*00501*"                       \
    "000000007*0*" usage "*:~"
#define ISA ISA_OF("P")
#define GS "GS*BE*PLANINVENTED*HANDOFF*20260401*0830*7*X*005010X220A1~"
#define HEAD ISA GS "ST*834*0001~BGN*00*1*20260401*0830****2~"
#define MEMBER "INS*Y*18*021~REF*0F*M1~NM1*IL*1*INVENTED*ANA~"
#define TAIL "GE*1*7~IEA*1*000000007~"
#define FILE_OF(loops, n) HEAD loops "SE*" #n "*0001~" TAIL

// ---- Segments --------------------------------------------------------------------------------------

// Everything that the reader gave, as text: "1:ISA|00|…" a line, and the fault as "!5 SE-01 what".
struct collected {
    char text[8192];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct collected *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(c->text + c->n, sizeof c->text - c->n, format, arguments);
    va_end(arguments);
    c->n += (size_t)n;
    assert_true(c->n < sizeof c->text);
}

static void collect(void *context, const struct ho_x12_segment *segment)
{
    struct collected *c = context;
    add(c, "%d:", (int)segment->number);
    for (size_t i = 0; i < segment->n; i++)
        add(c, "%.*s|", HO_BYTES_ARG(segment->elements[i]));
    add(c, "\n");
}

static void read_cut(struct ho_bytes bytes, size_t step, size_t first, struct collected *out)
{
    *out = (struct collected){0};
    struct ho_x12 *x12 = ho_x12_new(collect, out);
    ho_x12_feed(x12, ho_bytes_from(bytes.p, first));
    for (size_t i = first; i < bytes.n; i += step)
        ho_x12_feed(x12, ho_bytes_from(bytes.p + i, i + step < bytes.n ? step : bytes.n - i));
    const struct ho_x12_fault *fault = ho_x12_end(x12);
    if (fault)
        add(out, "!%d %s %s", (int)fault->segment, fault->element, fault->what);
    ho_x12_free(x12);
}

static struct collected read_text(const char *text)
{
    static struct collected out;
    read_cut(ho_bytes_of(text), SIZE_MAX / 2, 0, &out);
    return out;
}

static void expect_fault(const char *text, const char *wanted)
{
    struct collected got = read_text(text);
    const char *fault = strchr(got.text, '!');
    assert_non_null(fault);
    assert_non_null(strstr(fault, wanted));
}

static void expect_sound(const char *text)
{
    assert_null(strchr(read_text(text).text, '!'));
}

static const char usual[] = FILE_OF(MEMBER, 6);

static void segments_come_with_their_number_and_elements(void **state)
{
    (void)state;
    struct collected got = read_text(usual);
    assert_non_null(strstr(got.text, "\n3:ST|834|0001|\n4:BGN|00|1|20260401|0830||||2|\n5:INS|Y|18|021|\n"));
    assert_null(strchr(got.text, '!'));
}

// The usual file with other separators, in place of * and ~.
static void write_usual(char *out, char separator, const char *terminator)
{
    for (const char *p = usual; *p; p++)
        if (*p == '~')
            out = stpcpy(out, terminator);
        else
            *out++ = *p == '*' ? separator : *p;
    *out = '\0';
}

static void separators_are_those_of_the_header_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    static const char *const terminators[] = {"~", "~\n", "~\r\n", "\n", "\r", "\r\n", "'", "\x1C", "~ \r\n\n"};
    const struct collected wanted = read_text(usual);
    char text[2048];
    for (size_t i = 0; i < sizeof terminators / sizeof *terminators; i++) {
        write_usual(text, i % 2 ? '*' : '|', terminators[i]);
        assert_string_equal(read_text(text).text, wanted.text);
    }
    write_usual(text, '*', "~\n");
    char marked[2100];
    snprintf(marked, sizeof marked, "\xEF\xBB\xBF\r\n%s\x1A", text);
    assert_string_equal(read_text(marked).text, wanted.text);
}

static void every_split_gives_the_same_segments(void **state)
{
    (void)state;
    char text[2048];
    write_usual(text, '*', "~\r\n");
    struct ho_bytes bytes = ho_bytes_of(text);
    struct collected whole = read_text(text), got;
    for (size_t first = 0; first <= bytes.n; first++) {
        read_cut(bytes, SIZE_MAX / 2, first, &got);
        assert_string_equal(got.text, whole.text);
    }
    for (size_t step = 1; step < 120; step++) {
        read_cut(bytes, step, 0, &got);
        assert_string_equal(got.text, whole.text);
    }
}

static void a_file_that_stops_half_way_is_told_wherever_it_stops(void **state)
{
    (void)state;
    struct collected got;
    for (size_t n = 0; n < sizeof usual - 1; n++) {
        read_cut(ho_bytes_from(usual, n), SIZE_MAX / 2, 0, &got);
        assert_non_null(strchr(got.text, '!'));
    }
    expect_fault("", "!0  is missing: the file is empty");
    expect_fault(ISA GS, "!2  is the last one, and IEA is missing: the file stops half-way");
    expect_fault(ISA "GS*BE", "!2  has no end: the file stops half-way");
}

static void a_wrong_control_number_or_count_is_told_with_its_segment(void **state)
{
    (void)state;
    expect_fault(HEAD MEMBER "SE*5*0001~" TAIL, "!8 SE-01 is not the number of segments");
    expect_fault(HEAD MEMBER "SE*7*0001~" TAIL, "!8 SE-01 is not the number of segments");
    expect_fault(HEAD MEMBER "SE*6*0002~" TAIL, "!8 SE-02 is not the control number of its ST-02");
    expect_fault(HEAD MEMBER "SE*6~" TAIL, "!8 SE-02 ");
    expect_fault(HEAD MEMBER "SE*x*0001~" TAIL, "!8 SE-01 ");
    expect_fault(HEAD MEMBER "SE*6*0001~GE*2*7~IEA*1*000000007~", "!9 GE-01 is not the number of transaction sets");
    expect_fault(HEAD MEMBER "SE*6*0001~GE*1*8~IEA*1*000000007~", "!9 GE-02 is not the control number of its GS-06");
    expect_fault(HEAD MEMBER "SE*6*0001~GE*1*7~IEA*0*000000007~", "!10 IEA-01 is not the number of groups");
    expect_fault(HEAD MEMBER "SE*6*0001~GE*1*7~IEA*1*7~", "!10 IEA-02 is not the control number of its ISA-13");
}

static void envelopes_nest_and_nothing_stands_outside(void **state)
{
    (void)state;
    expect_fault(ISA "ST*834*0001~", "!2  begins where it cannot");
    expect_fault(ISA GS "GS*BE~", "!3  begins where it cannot");
    expect_fault(ISA GS "GE*0*7~SE*1*0001~", "!4  ends what is not open");
    expect_fault(ISA GS "INS*Y*18*021~", "!3  stands outside of a transaction set");
    expect_fault(HEAD MEMBER "GE*1*7~", "!8  ends what is not open, or before what is inside it has ended");
    expect_sound(ISA "TA1*000000007~" GS "GE*0*7~IEA*1*000000007~");
}

static void interchanges_may_follow_each_other(void **state)
{
    (void)state;
    char second[2048], both[4096];
    write_usual(second, '|', "\n");
    snprintf(both, sizeof both, "%s\n%s", usual, second);
    assert_non_null(strstr(read_text(both).text, "\n20:IEA|1|000000007|\n"));
    expect_sound(both);
}

static void a_header_of_another_width_is_told(void **state)
{
    (void)state;
    expect_fault("ISA*00* *00* *ZZ*A*ZZ*B*260401*0830*^*00501*000000007*0*P*:~" GS TAIL TAIL TAIL,
                 "!1  is no ISA of 106");
    expect_fault("member_id,given\nM1,Ana\n", "!1  has no end");
}

static void a_segment_has_at_most_64_kib_and_63_elements(void **state)
{
    (void)state;
    struct collected got = {0};
    struct ho_x12 *x12 = ho_x12_new(collect, &got);
    ho_x12_feed(x12, HO_BYTES_LITERAL(ISA));
    for (int i = 0; i < HO_X12_SEGMENT_BYTES_MAX; i++)
        ho_x12_feed(x12, HO_BYTES_LITERAL("x"));
    ho_x12_feed(x12, HO_BYTES_LITERAL("x"));
    assert_non_null(strstr(ho_x12_end(x12)->what, "is longer than 64 KiB"));
    ho_x12_free(x12);
    char stars[80];
    memset(stars, '*', sizeof stars);
    char text[1024];
    snprintf(text, sizeof text, ISA "TA1%.63s~IEA*0*000000007~", stars);
    expect_sound(text);
    snprintf(text, sizeof text, ISA "TA1%.64s~IEA*0*000000007~", stars);
    expect_fault(text, "!2  has more than 63 elements");
}

static void x12_is_told_from_csv_by_its_first_bytes(void **state)
{
    (void)state;
    assert_true(ho_x12_begins(ho_bytes_of(ISA)));
    assert_true(ho_x12_begins(ho_bytes_of("\xEF\xBB\xBF\r\nISA|")));
    assert_false(ho_x12_begins(ho_bytes_of("member_id,given")));
    assert_false(ho_x12_begins(ho_bytes_of("ISA_number,member_id")));
    assert_false(ho_x12_begins(ho_bytes_of("ISA")));
}

// ---- Loops -----------------------------------------------------------------------------------------

static const struct ho_x834_options usual_options = {"0F", "0F", "", ""};

struct reading {
    struct collected out; // what loops say, and "!segment element: what" a fault
    bool good;            // the file as a whole
};

static const char maintenance_letters[] = "CAEUN"; // change, addition, end, audit, untouched

static void collect_member(void *context, const struct ho_x834_member *m, bool refused)
{
    struct collected *c = &((struct reading *)context)->out;
    add(c, "%d %s%.*s", (int)m->segment, refused ? "refused " : "", HO_BYTES_ARG(m->row.text[HO_ROSTER_MEMBER_ID]));
    if (!refused)
        add(c, " %c began=%u ended=%u changed=%u died=%u file=%u", maintenance_letters[m->maintenance], m->began,
            m->ended, m->changed, m->died, m->file_date);
    for (size_t i = 0; i < m->n_coverages && !refused; i++)
        add(c, " %c%u-%u%s", maintenance_letters[m->coverages[i].maintenance], m->coverages[i].from, m->coverages[i].to,
            m->coverages[i].changed ? " (303)" : "");
    for (int i = HO_ROSTER_CIN; i < HO_ROSTER_COLUMNS && !refused; i++)
        if (m->said[i])
            add(c, " %s=%.*s", ho_roster_column_name((enum ho_roster_column)i), HO_BYTES_ARG(m->row.text[i]));
    add(c, "\n");
}

static void collect_fault(void *context, const struct ho_roster_fault *fault)
{
    add(&((struct reading *)context)->out, "!%d %s: %s\n", (int)fault->line, fault->column, fault->what);
}

static struct reading read_with(const struct ho_x834_options *options, const char *text)
{
    static struct reading r;
    r = (struct reading){0};
    const struct ho_x834_handler handler = {collect_member, {collect_fault, &r}, &r};
    struct ho_x834 *x834 = ho_x834_new(options, &handler);
    ho_x834_feed(x834, ho_bytes_of(text));
    r.good = ho_x834_end(x834);
    ho_x834_free(x834);
    return r;
}

// The loops in a file whose counts are right.
static struct reading read_loops_with(const struct ho_x834_options *options, const char *loops)
{
    static char text[4096];
    int n = 3; // ST, BGN, SE
    for (const char *p = loops; *p; p++)
        n += *p == '~';
    snprintf(text, sizeof text, HEAD "%sSE*%d*0001~" TAIL, loops, n);
    return read_with(options, text);
}

static struct reading read_loops(const char *loops)
{
    return read_loops_with(&usual_options, loops);
}

static void expect_loops(const char *loops, const char *wanted)
{
    struct reading got = read_loops(loops);
    assert_true(got.good);
    assert_string_equal(got.out.text, wanted);
}

static void expect_in(const char *loops, const char *wanted)
{
    struct reading got = read_loops(loops);
    if (!strstr(got.out.text, wanted))
        fail_msg("no \"%s\" in \"%s\"", wanted, got.out.text);
}

static void a_loop_says_every_column_that_an_834_has(void **state)
{
    (void)state;
    expect_loops(
        "INS*Y*18*001*AI*A*C**AC~REF*0F*91234567A~REF*1L*G1~REF*3H*30;10;C1~DTP*303*D8*20260331~"
        "DTP*356*D8*20250101~DTP*357*D8*20261231~"
        "NM1*IL*1*INVENTED*ANA*B**JR*34*000000000~PER*IP**HP*7145550101*TE*7145550100~N3*1 MAIN ST*APT 2~"
        "N4*ANAHEIM*CA*92801**CY*30~DMG*D8*19700102*f**C~LUI*LD*ENG**6~LUI*LD*SPA**7~LUI*LD*VIE**7~"
        "HD*021**HLT~DTP*348*D8*20250101~DTP*349*D8*99991231~",
        "5 91234567A C began=20250101 ended=20261231 changed=20260331 died=0 file=20260401 A20250101-0 "
        "cin=91234567A surname=INVENTED given=ANA middle=B suffix=JR birth_date=19700102 sex=F phone=7145550100 "
        "address=1 MAIN ST APT 2 city=ANAHEIM state=CA zip=92801 language=es county=Orange dual=yes\n");
}

static void what_a_loop_is_silent_on_is_not_said(void **state)
{
    (void)state;
    expect_loops("INS*Y*18*001~REF*0F*M1~DMG*D8*19700102~", "5 M1 C began=0 ended=0 changed=0 died=0 file=20260401\n");
    expect_loops("INS*Y*18*030~REF*0F*M1~NM1*IL*1*INVENTED~PER*IP**EM*a@b.example~DMG*D8**F~INS*Y*18*024~REF*0F*M2~",
                 "5 M1 U began=0 ended=0 changed=0 died=0 file=20260401 surname=INVENTED given= middle= suffix= "
                 "sex=F\n10 M2 E began=0 ended=0 changed=0 died=0 file=20260401\n");
}

static void a_coverage_may_have_a_date_of_its_change(void **state)
{
    (void)state;
    expect_loops("INS*Y*18*001~REF*0F*M1~DTP*303*D8*20260401~HD*024**HLT~DTP*303*D8*20260315~",
                 "5 M1 C began=0 ended=0 changed=20260401 died=0 file=20260401 E0-0 (303)\n");
}

static void the_corrected_name_counts_and_nobody_elses(void **state)
{
    (void)state;
    expect_in("INS*Y*18*001~REF*0F*M1~NM1*74*1*RIGHT*ANA~DMG*D8*19700102*F~NM1*70*1*WRONG*ANNA~DMG*D8*19690102*M~"
              "NM1*31*1~N3*PO BOX 1~N4*ELSEWHERE*NV*89001~NM1*IL*1*LATER~",
              "surname=RIGHT given=ANA middle= suffix= birth_date=19700102 sex=F\n");
    expect_in("INS*Y*18*001~REF*0F*M1~NM1*IL*1*WRONG~NM1*74*1*RIGHT~NM1*IL*1*WRONG~", "surname=RIGHT");
    expect_in(
        "INS*Y*18*001~REF*0F*M1~NM1*IL*1*INVENTED~HD*021**HLT~DTP*348*D8*20260101~REF*0F*OTHER~LX*1~"
        "NM1*P3*1*DOCTOR~N3*2 ELM ST~COB*P*1*1~DTP*344*D8*20200101~LS*2700~LX*1~N1*75*X~REF*17*Y~DTP*007*D8*20200101~",
        "5 M1 C began=0 ended=0 changed=0 died=0 file=20260401 A20260101-0 surname=INVENTED given= middle= "
        "suffix=\n");
}

static void options_tell_which_reference_is_which_number(void **state)
{
    (void)state;
    const struct ho_x834_options options = {"23", "1L", "NM109", "HLT"};
    struct reading got = read_loops_with(&options, "INS*Y*18*021~REF*0F*S1~REF*1L*91234567A~REF*23*M1~REF*23*M2~"
                                                   "NM1*IL*1*INVENTED*ANA****ZZ*OC1~HD*021**DEN~DTP*348*D8*20200101~"
                                                   "HD*021**HLT~DTP*348*D8*20260101~");
    assert_string_equal(got.out.text, "5 M1 A began=0 ended=0 changed=0 died=0 file=20260401 A20260101-0 cin=91234567A "
                                      "plan_id=OC1 surname=INVENTED given=ANA middle= suffix=\n");
}

static void an_unknown_code_is_told_with_segment_and_element_and_the_next_loop_is_read(void **state)
{
    (void)state;
    expect_loops("INS*Y*18*099~REF*0F*M1~INS*Y*18*021~REF*0F*M2~",
                 "!5 INS-03: is none of 001, 021, 024, 025, 030; ask the sender what is meant, or leave the member out "
                 "with --partial\n5 refused M1\n7 M2 A began=0 ended=0 changed=0 died=0 file=20260401\n");
    expect_in("INS*Q*18*021~REF*0F*M1~", "!5 INS-01: is neither Y");
    expect_in("INS*Y*18*021***Q~REF*0F*M1~", "!5 INS-06: is none of A, B, C, D, E");
    expect_in("INS*Y*18*021~REF*0F*M1~HD*002**HLT~", "!7 HD-01: is none of 001");
    expect_in("INS*Y*18*021~REF*0F*M1~NM1*IL*1*A~DMG*D8*19700102*Q~", "!8 DMG-03: is none of M, F, X, U");
    expect_in("INS*Y*18*021~REF*0F*M1~NM1*IL*1*A~DMG*D8*17TH MAY~", "!8 DMG-02: is no date");
    expect_in("INS*Y*18*021~REF*0F*M1~HD*021~DTP*348*D8*20260230~", "!8 DTP-03: is no date");
    expect_in("INS*Y*18*021~REF*0F*M1~HD*021~DTP*348*RD8*20260101-20261231~", "!8 DTP-02: is not D8");
    expect_in("INS*Y*18*021~REF*0F*M1~HD*021~DTP*348*D8*20260201~DTP*349*D8*20260131~", "!5 DTP: 349 of a coverage");
    expect_in("INS*Y*18*021*********D8*NEVER~REF*0F*M1~", "!5 INS-12: is no date");
}

static void a_loop_has_one_line_of_faults_without_a_value(void **state)
{
    (void)state;
    struct reading got = read_loops("INS*Y*18*SECRET~REF*0F*M1~NM1*IL*1*A~DMG*D8*SECRET*SECRET~HD*SECRET~");
    assert_ptr_equal(strchr(got.out.text, '!'), strrchr(got.out.text, '!'));
    assert_null(strstr(got.out.text, "SECRET"));
}

static void a_loop_without_its_number_is_refused(void **state)
{
    (void)state;
    expect_in("INS*Y*18*021~REF*1L*G1~", "!5 REF: with the member's number is missing");
}

static void what_stands_before_the_first_loop_is_no_member(void **state)
{
    (void)state;
    expect_loops("REF*0F*M1~NM1*IL*1*INVENTED~N3*1 MAIN ST~HD*021~DTP*348*D8*20260101~INS*Y*18*021~REF*0F*M2~",
                 "10 M2 A began=0 ended=0 changed=0 died=0 file=20260401\n");
}

static void a_dependent_needs_a_number_of_its_own(void **state)
{
    (void)state;
    expect_in("INS*N*19*021~REF*0F*S1~", "!5 INS-01: is a dependent's, whose REF*0F is the subscriber's number");
    const struct ho_x834_options options = {"23", "", "", ""};
    struct reading got = read_loops_with(&options, "INS*N*19*021~REF*0F*S1~REF*23*D1~");
    assert_non_null(strstr(got.out.text, "5 D1 A"));
    // A subscriber's CIN is no dependent's, and REF*0F is the subscriber's even in a dependent's loop.
    const struct ho_x834_options mixed = {"23", "0F", "0F", ""};
    got = read_loops_with(&mixed, "INS*N*19*021~REF*0F*91234567A~REF*23*D1~INS*Y*18*021~REF*0F*91234567A~REF*23*S1~");
    assert_string_equal(got.out.text, "5 D1 A began=0 ended=0 changed=0 died=0 file=20260401\n"
                                      "8 S1 A began=0 ended=0 changed=0 died=0 file=20260401 cin=91234567A "
                                      "plan_id=91234567A\n");
}

static void a_plans_own_number_is_no_cin(void **state)
{
    (void)state;
    expect_loops("INS*Y*18*021~REF*0F*1000234~INS*Y*18*021~REF*0F*91234567A~INS*Y*18*021~REF*0F*91234567A12345~",
                 "5 1000234 A began=0 ended=0 changed=0 died=0 file=20260401\n"
                 "7 91234567A A began=0 ended=0 changed=0 died=0 file=20260401 cin=91234567A\n"
                 "9 91234567A12345 A began=0 ended=0 changed=0 died=0 file=20260401 cin=91234567A12345\n");
    const struct ho_x834_options apart = {"0F", "1L", "", ""}; // whoever names the reference knows what it holds
    struct reading got = read_loops_with(&apart, "INS*Y*18*021~REF*0F*M1~REF*1L*A77~");
    assert_string_equal(got.out.text, "5 M1 A began=0 ended=0 changed=0 died=0 file=20260401 cin=A77\n");
}

static void a_reference_without_a_name_is_none(void **state)
{
    (void)state;
    expect_loops("INS*Y*18*021~REF**X1~REF*0F*M1~", "5 M1 A began=0 ended=0 changed=0 died=0 file=20260401\n");
}

static void another_version_or_transaction_is_refused_as_a_whole(void **state)
{
    (void)state;
    struct reading got = read_with(&usual_options, ISA "GS*BE*A*B*20260401*0830*7*X*004010X095A1~ST*834*0001~"
                                                       "BGN*00*1*20260401~" MEMBER "SE*6*0001~" TAIL);
    assert_false(got.good);
    assert_string_equal(got.out.text,
                        "!2 GS-08: is not 005010X220A1, the 834 that is read here; ask the sender for that version\n");
    assert_false(read_with(&usual_options, ISA GS "ST*820*0001~SE*2*0001~" TAIL).good);
    assert_false(read_with(&usual_options, ISA GS "ST*834*0001~BGN*00*1*NEVER~SE*3*0001~" TAIL).good);
    assert_false(read_with(&usual_options, ISA GS "ST*834*0001~" MEMBER "SE*5*0001~" TAIL).good);
    assert_false(read_with(&usual_options, HEAD MEMBER "SE*9*0001~" TAIL).good);
    assert_true(read_with(&usual_options, FILE_OF(MEMBER, 6)).good);
}

static void test_data_is_refused_unless_asked_for(void **state)
{
    (void)state;
    static const char text[] = ISA_OF("T") GS "ST*834*0001~BGN*00*1*20260401~" MEMBER "SE*6*0001~" TAIL;
    struct reading got = read_with(&usual_options, text);
    assert_false(got.good);
    assert_string_equal(got.out.text,
                        "!1 ISA-15: is T: the sender calls this test data; --test imports it all the same\n");
    const struct ho_x834_options with_test = {"0F", "0F", "", "", .test = true};
    assert_true(read_with(&with_test, text).good);
}

static void every_truncation_and_every_single_byte_change_is_read_or_refused_with_a_reason(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, '\n', '*', '~', 'A', '9', 0xFF};
    char text[sizeof usual];
    for (size_t n = 0; n < sizeof usual - 1; n++) {
        memcpy(text, usual, n);
        text[n] = '\0';
        struct reading cut = read_with(&usual_options, text);
        assert_false(cut.good);
        assert_non_null(strchr(cut.out.text, '!'));
        for (size_t i = 0; i < sizeof bytes; i++) {
            memcpy(text, usual, sizeof usual);
            text[n] = (char)bytes[i];
            struct reading changed = read_with(&usual_options, text);
            assert_true(changed.good || strchr(changed.out.text, '!'));
        }
    }
}

static void counties_and_languages_have_the_rosters_words(void **state)
{
    (void)state;
    static const char *const counties[][2] = {
        {"01", "Alameda"},    {"58", "Yuba"}, {"19", "Los Angeles"}, {"037", "Los Angeles"}, {"06059", "Orange"},
        {"115", "Yuba"},      {"59", "59"},   {"00", "00"},          {"002", "002"},         {"36019", "36019"},
        {"Orange", "Orange"}, {"3x", "3x"},   {"117", "117"}};
    for (size_t i = 0; i < sizeof counties / sizeof *counties; i++)
        assert_bytes(ho_x834_county(ho_bytes_of(counties[i][0])), counties[i][1]);
    assert_bytes(ho_x834_language(ho_bytes_of("SPA")), "es");
    assert_bytes(ho_x834_language(ho_bytes_of("hye")), "hy");
    assert_bytes(ho_x834_language(ho_bytes_of("en")), "en");
    assert_bytes(ho_x834_language(ho_bytes_of("HMN")), "HMN");
    assert_bytes(ho_x834_language(ho_bytes_of("TAG")), "tl");
    assert_bytes(ho_x834_language(ho_bytes_of("CAM")), "km");
    assert_bytes(ho_x834_language(ho_bytes_of("SAO")), "sm");
}

// ---- Together with what is known -------------------------------------------------------------------

struct merging {
    struct ho_arena *arena;
    struct ho_roster_known known;
    struct ho_x834_member loop;
};

static int merging_set_up(void **state)
{
    struct merging *m = calloc(1, sizeof *m);
    m->arena = ho_arena_new(0);
    m->loop.file_date = 20260401;
    *state = m;
    return 0;
}

static int merging_tear_down(void **state)
{
    struct merging *m = *state;
    ho_arena_free(m->arena);
    free(m);
    return 0;
}

static void know(struct merging *m, const char *program, uint32_t from, uint32_t to)
{
    m->known.there = true;
    struct ho_roster_enrolment *e = ho_arena_push(m->arena, &m->known.enrolments, sizeof *e);
    *e = (struct ho_roster_enrolment){ho_bytes_of(program), from, to, 0};
}

static void say(struct merging *m, enum ho_x834_maintenance maintenance, uint32_t from, uint32_t to)
{
    m->loop.coverages[m->loop.n_coverages++] = (struct ho_x834_coverage){maintenance, from, to};
}

// Merges, and forgets the loop's coverages; the enrolments are then those of `wanted`: "ECM 20250101-0, …".
static void merges_to(struct merging *m, const char *program, const char *wanted)
{
    struct collected got = {0};
    assert_true(ho_x834_merge(m->arena, &m->loop, program, &m->known));
    m->loop.n_coverages = 0;
    for (size_t i = 0; i < m->known.enrolments.n; i++) {
        const struct ho_roster_enrolment *e = &m->known.enrolments.items[i];
        add(&got, "%s%.*s %u-%u", i ? ", " : "", HO_BYTES_ARG(e->program), e->from, e->to);
    }
    assert_string_equal(got.text, wanted);
}

static void what_an_834_cannot_say_stays(void **state)
{
    struct merging *m = *state;
    know(m, "ECM", 20250101, 0);
    m->known.row.text[HO_ROSTER_TEAM] = ho_bytes_of("North");
    m->known.row.text[HO_ROSTER_CITY] = ho_bytes_of("Irvine");
    m->known.row.text[HO_ROSTER_PHONE] = ho_bytes_of("1");
    m->loop.said[HO_ROSTER_CITY] = m->loop.said[HO_ROSTER_PHONE] = true;
    m->loop.row.text[HO_ROSTER_CITY] = ho_bytes_of("Tustin");
    say(m, HO_X834_END, 0, 20260331);
    merges_to(m, "", "ECM 20250101-0");
    assert_bytes(m->known.row.text[HO_ROSTER_TEAM], "North");
    assert_bytes(m->known.row.text[HO_ROSTER_CITY], "Tustin");
    assert_bytes(m->known.row.text[HO_ROSTER_PHONE], "");
}

static void says_cin(struct merging *m, const char *cin, const char *wanted)
{
    m->loop.said[HO_ROSTER_CIN] = true;
    m->loop.row.text[HO_ROSTER_CIN] = ho_bytes_of(cin);
    merges_to(m, "", "");
    assert_bytes(m->known.row.text[HO_ROSTER_CIN], wanted);
}

static void several_cins_stay_while_one_of_them_is_said(void **state)
{
    struct merging *m = *state;
    m->known.there = true;
    m->known.row.text[HO_ROSTER_CIN] = ho_bytes_of("91234567A 98765432B");
    says_cin(m, "91234567A", "91234567A 98765432B");
    says_cin(m, "98765432b", "98765432B 91234567A");
    says_cin(m, "90000001C", "90000001C"); // another number: what was known was wrong
    m->known.row.text[HO_ROSTER_CIN] =
        ho_bytes_of("90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A 90000008A");
    says_cin(m, "90000009A", "90000009A");
    says_cin(m, "M1", "M1");
    says_cin(m, "", "");
}

static void coverages_are_enrolments_of_the_program(void **state)
{
    struct merging *m = *state;
    know(m, "HHP", 20200101, 20211231);
    say(m, HO_X834_ADDITION, 20250101, 0);
    merges_to(m, "ECM", "HHP 20200101-20211231, ECM 20250101-0");
    say(m, HO_X834_END, 20250101, 20260228);
    merges_to(m, "ECM", "HHP 20200101-20211231, ECM 20250101-20260228");
    say(m, HO_X834_ADDITION, 20260601, 0);
    merges_to(m, "ECM", "HHP 20200101-20211231, ECM 20250101-20260228, ECM 20260601-0");
}

static void a_known_earlier_beginning_and_an_opt_out_stay(void **state)
{
    struct merging *m = *state;
    know(m, "ECM", 20250101, 0);
    m->known.enrolments.items[0].opted_out_on = 20260115;
    say(m, HO_X834_AUDIT, 20250701, 20261231);
    merges_to(m, "ECM", "ECM 20250101-20261231");
    assert_int_equal(m->known.enrolments.items[0].opted_out_on, 20260115);
}

static void coverages_by_the_month_are_one_in_any_order(void **state)
{
    struct merging *m = *state;
    say(m, HO_X834_ADDITION, 20260301, 20260331);
    say(m, HO_X834_ADDITION, 20260101, 20260131);
    say(m, HO_X834_ADDITION, 20260201, 20260228);
    say(m, HO_X834_ADDITION, 20251001, 20251031);
    merges_to(m, "ECM", "ECM 20260101-20260331, ECM 20251001-20251031");
    say(m, HO_X834_ADDITION, 20260401, 20260430);
    merges_to(m, "ECM", "ECM 20251001-20251031, ECM 20260101-20260430");
}

static void an_end_and_a_beginning_in_one_loop_are_a_change_of_coverage_in_either_order(void **state)
{
    struct merging *m = *state;
    know(m, "ECM", 20250101, 0);
    m->known.enrolments.items[0].opted_out_on = 20260115;
    say(m, HO_X834_END, 0, 20260331);
    say(m, HO_X834_ADDITION, 20260401, 0);
    merges_to(m, "ECM", "ECM 20250101-0");
    say(m, HO_X834_ADDITION, 20260501, 0);
    say(m, HO_X834_END, 0, 20260331);
    merges_to(m, "ECM", "ECM 20250101-20260331, ECM 20260501-0");
    m->known.enrolments.items[1].opted_out_on = 20260502;
    say(m, HO_X834_END, 0, 20260331);
    say(m, HO_X834_ADDITION, 20260501, 0);
    merges_to(m, "ECM", "ECM 20250101-20260331, ECM 20260501-0"); // the same again
    assert_int_equal(m->known.enrolments.items[0].opted_out_on, 20260115);
    assert_int_equal(m->known.enrolments.items[1].opted_out_on, 20260502);
    say(m, HO_X834_ADDITION, 20260501, 0);
    say(m, HO_X834_END, 20260501, 20260630); // an end of what the loop says too
    merges_to(m, "ECM", "ECM 20250101-20260331, ECM 20260501-20260630");
}

static void dates_that_a_coverage_does_not_say_come_from_the_member_or_the_file(void **state)
{
    struct merging *m = *state;
    m->loop.began = 20250601;
    say(m, HO_X834_ADDITION, 0, 0);
    merges_to(m, "ECM", "ECM 20250601-0");
    m->loop.began = 0;
    m->loop.changed = 20260315;
    say(m, HO_X834_END, 0, 0);
    merges_to(m, "ECM", "ECM 20250601-20260315");
    say(m, HO_X834_CHANGE, 0, 20260201); // an end alone
    merges_to(m, "ECM", "ECM 20250601-20260201");
    say(m, HO_X834_ADDITION, 0, 0);
    m->loop.coverages[0].changed = 20260301; // its own goes before the member's
    merges_to(m, "ECM", "ECM 20250601-20260201, ECM 20260301-0");
    say(m, HO_X834_END, 0, 0);
    m->loop.coverages[0].changed = 20260312;
    merges_to(m, "ECM", "ECM 20250601-20260201, ECM 20260301-20260312");
}

static void an_end_takes_away_nothing_that_began(void **state)
{
    struct merging *m = *state;
    know(m, "HHP", 20200101, 20211231);
    know(m, "ECM", 20250101, 0);
    know(m, "CS", 20260601, 0);
    m->loop.maintenance = HO_X834_END;
    m->loop.ended = 20260331;
    merges_to(m, "", "HHP 20200101-20211231, ECM 20250101-20260331");
    assert_false(m->known.deleted);
    merges_to(m, "", "HHP 20200101-20211231, ECM 20250101-20260331");
}

static void an_end_of_a_coverage_that_had_begun_leaves_a_later_one(void **state)
{
    struct merging *m = *state;
    know(m, "ECM", 20250101, 0);
    know(m, "ECM", 20260101, 0);
    m->known.enrolments.items[0].to = 20251231;
    say(m, HO_X834_END, 20250101, 20251130);
    merges_to(m, "ECM", "ECM 20250101-20251130, ECM 20260101-0");
}

static void an_end_under_a_program_ends_that_program_alone(void **state)
{
    struct merging *m = *state;
    know(m, "HHP", 20200101, 0);
    know(m, "ECM", 20250101, 0);
    m->loop.maintenance = HO_X834_END;
    merges_to(m, "ECM", "HHP 20200101-0, ECM 20250101-20260401");
}

static void who_has_no_enrolment_is_a_member_no_longer_until_said_again(void **state)
{
    struct merging *m = *state;
    m->known.there = true;
    m->loop.maintenance = HO_X834_END;
    m->loop.ended = 20260430; // after the file's date: not yet
    merges_to(m, "", "");
    assert_true(m->known.ends_later && !m->known.deleted);
    m->loop.ended = 20260331;
    merges_to(m, "", "");
    assert_true(m->known.deleted && !m->known.ends_later);
    m->loop.maintenance = HO_X834_CHANGE;
    merges_to(m, "", "");
    assert_false(m->known.deleted);
}

static void the_end_of_who_never_was_adds_nobody(void **state)
{
    struct merging *m = *state;
    m->loop.maintenance = HO_X834_END;
    assert_false(ho_x834_merge(m->arena, &m->loop, "", &m->known));
    assert_false(m->known.there);
}

static void a_death_ends_every_enrolment(void **state)
{
    struct merging *m = *state;
    know(m, "HHP", 20200101, 0);
    m->loop.died = 20260315;
    say(m, HO_X834_CHANGE, 20250101, 20260331);
    merges_to(m, "ECM", "HHP 20200101-20260315, ECM 20250101-20260315");
}

static void what_is_known_makes_one_row_an_enrolment(void **state)
{
    struct merging *m = *state;
    size_t n;
    know(m, "HHP", 20200101, 20211231);
    know(m, "ECM", 20250101, 0);
    const struct ho_roster_row *rows = ho_roster_rows_of_known(m->arena, &m->known, &n);
    assert_int_equal(n, 2);
    assert_bytes(rows[1].text[HO_ROSTER_PROGRAM], "ECM");
    assert_int_equal(rows[1].date[HO_ROSTER_ENROLLED_FROM], 20250101);
    m->known.deleted = true;
    rows = ho_roster_rows_of_known(m->arena, &m->known, &n);
    assert_int_equal(n, 1);
    assert_true(rows[0].deleted);
}

int main(void)
{
#define MERGE(test) cmocka_unit_test_setup_teardown(test, merging_set_up, merging_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_come_with_their_number_and_elements),
        cmocka_unit_test(separators_are_those_of_the_header_and_line_ends_do_not_matter),
        cmocka_unit_test(every_split_gives_the_same_segments),
        cmocka_unit_test(a_file_that_stops_half_way_is_told_wherever_it_stops),
        cmocka_unit_test(a_wrong_control_number_or_count_is_told_with_its_segment),
        cmocka_unit_test(envelopes_nest_and_nothing_stands_outside),
        cmocka_unit_test(interchanges_may_follow_each_other),
        cmocka_unit_test(a_header_of_another_width_is_told),
        cmocka_unit_test(a_segment_has_at_most_64_kib_and_63_elements),
        cmocka_unit_test(x12_is_told_from_csv_by_its_first_bytes),
        cmocka_unit_test(a_loop_says_every_column_that_an_834_has),
        cmocka_unit_test(what_a_loop_is_silent_on_is_not_said),
        cmocka_unit_test(a_coverage_may_have_a_date_of_its_change),
        cmocka_unit_test(the_corrected_name_counts_and_nobody_elses),
        cmocka_unit_test(options_tell_which_reference_is_which_number),
        cmocka_unit_test(an_unknown_code_is_told_with_segment_and_element_and_the_next_loop_is_read),
        cmocka_unit_test(a_loop_has_one_line_of_faults_without_a_value),
        cmocka_unit_test(a_loop_without_its_number_is_refused),
        cmocka_unit_test(what_stands_before_the_first_loop_is_no_member),
        cmocka_unit_test(a_dependent_needs_a_number_of_its_own),
        cmocka_unit_test(a_plans_own_number_is_no_cin),
        cmocka_unit_test(a_reference_without_a_name_is_none),
        cmocka_unit_test(another_version_or_transaction_is_refused_as_a_whole),
        cmocka_unit_test(test_data_is_refused_unless_asked_for),
        cmocka_unit_test(every_truncation_and_every_single_byte_change_is_read_or_refused_with_a_reason),
        cmocka_unit_test(counties_and_languages_have_the_rosters_words),
        MERGE(what_an_834_cannot_say_stays),
        MERGE(several_cins_stay_while_one_of_them_is_said),
        MERGE(coverages_are_enrolments_of_the_program),
        MERGE(a_known_earlier_beginning_and_an_opt_out_stay),
        MERGE(coverages_by_the_month_are_one_in_any_order),
        MERGE(an_end_and_a_beginning_in_one_loop_are_a_change_of_coverage_in_either_order),
        MERGE(dates_that_a_coverage_does_not_say_come_from_the_member_or_the_file),
        MERGE(an_end_takes_away_nothing_that_began),
        MERGE(an_end_of_a_coverage_that_had_begun_leaves_a_later_one),
        MERGE(an_end_under_a_program_ends_that_program_alone),
        MERGE(who_has_no_enrolment_is_a_member_no_longer_until_said_again),
        MERGE(the_end_of_who_never_was_adds_nobody),
        MERGE(a_death_ends_every_enrolment),
        MERGE(what_is_known_makes_one_row_an_enrolment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

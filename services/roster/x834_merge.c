#include "x834_merge.h"

#include "handoff/match.h"
#include "handoff/time.h"

enum { LAST_DATE = 99991231, NEVER }; // NEVER is beyond every date: the end of what has none

static uint32_t last_day(uint32_t to)
{
    return to ? to : NEVER;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t first_said(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    if (a)
        return a;
    if (b)
        return b;
    return c ? c : d;
}

static uint32_t change_of(const struct ho_x834_member *loop, const struct ho_x834_coverage *coverage)
{
    return coverage->changed ? coverage->changed : loop->changed;
}

// Who was entered twice has a frozen number beside the current one, and a loop says one alone: the others stay while it
// is one of them.
static struct ho_bytes cins_after(struct ho_arena *arena, struct ho_bytes said, struct ho_bytes known)
{
    char before[HO_CINS_BYTES], all[HO_CINS_BYTES];
    const char *wrong;
    if (!said.n || ho_cins_read(ho_arena_text(arena, known), before, &wrong) < 2)
        return said;
    ho_cins_read(ho_arena_printf(arena, "%.*s;%s", HO_BYTES_ARG(said), before), all, &wrong);
    return !wrong && strlen(all) == strlen(before) ? ho_arena_copy(arena, ho_bytes_of(all)) : said;
}

static void take_person(struct ho_arena *arena, const struct ho_x834_member *loop, struct ho_roster_known *known)
{
    const struct ho_bytes cins = known->row.text[HO_ROSTER_CIN];
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        if (loop->said[i]) {
            known->row.text[i] = loop->row.text[i];
            known->row.date[i] = loop->row.date[i];
        }
    if (loop->said[HO_ROSTER_CIN])
        known->row.text[HO_ROSTER_CIN] = cins_after(arena, loop->row.text[HO_ROSTER_CIN], cins);
}

// ---- Enrolments ------------------------------------------------------------------------------------

static bool concerns(const struct ho_roster_enrolment *e, const char *program)
{
    return !*program || ho_bytes_is(e->program, program);
}

static void remove_enrolment(struct ho_roster_known *known, size_t i)
{
    known->enrolments.n--;
    memmove(&known->enrolments.items[i], &known->enrolments.items[i + 1],
            (known->enrolments.n - i) * sizeof *known->enrolments.items);
}

static uint32_t day_after(uint32_t to)
{
    return to && to < LAST_DATE ? ho_date_add(to, 1) : NEVER;
}

// Whether two periods overlap or one begins on the day after the other's last.
static bool joins(const struct ho_roster_enrolment *e, uint32_t from, uint32_t to)
{
    return from <= day_after(e->to) && e->from <= day_after(to);
}

static bool touches_any(const struct ho_roster_known *said, const struct ho_roster_enrolment *e)
{
    for (size_t i = 0; i < said->enrolments.n; i++)
        if (joins(e, said->enrolments.items[i].from, said->enrolments.items[i].to))
            return true;
    return false;
}

// Whether the end is of one coverage that had begun by then, so that what begins later is another.
static bool ends_one(const struct ho_x834_coverage *c, uint32_t last)
{
    return c->from && c->from <= last;
}

// The last day of what still goes on then; what would have begun `later` never does, unless it is `said` to.
static void end_enrolments(struct ho_roster_known *known, const char *program, uint32_t last, bool later,
                           const struct ho_roster_known *said)
{
    for (size_t i = known->enrolments.n; i-- > 0;) {
        struct ho_roster_enrolment *e = &known->enrolments.items[i];
        if (!concerns(e, program) || last_day(e->to) <= last)
            continue;
        if (e->from <= last)
            e->to = last;
        else if (later && !touches_any(said, e))
            remove_enrolment(known, i);
    }
}

// A period of the program, in place of those that it overlaps or continues. An earlier beginning stays: a file that
// knows the coverage of today takes nothing from the past.
static void put_period(struct ho_arena *arena, struct ho_roster_known *known, const char *program, uint32_t from,
                       uint32_t to)
{
    struct ho_roster_enrolment period = {ho_bytes_of(program), from, to, 0};
    for (size_t i = known->enrolments.n; i-- > 0;) {
        const struct ho_roster_enrolment *e = &known->enrolments.items[i];
        if (!concerns(e, program) || !joins(e, from, to))
            continue;
        period.from = earlier(period.from, e->from);
        if (e->opted_out_on)
            period.opted_out_on = e->opted_out_on;
        remove_enrolment(known, i);
    }
    *(struct ho_roster_enrolment *)ho_arena_push(arena, &known->enrolments, sizeof period) = period;
}

static uint32_t begin_of(const struct ho_x834_member *loop, const struct ho_x834_coverage *coverage)
{
    return first_said(coverage->from, loop->began, change_of(loop, coverage), loop->file_date);
}

static bool ends_only(const struct ho_x834_member *loop, const struct ho_x834_coverage *coverage)
{
    return coverage->maintenance == HO_X834_END || (coverage->to && coverage->to < begin_of(loop, coverage));
}

// Coverages of a loop that touch are one: some senders write one for each month, the latest first.
static void join_coverages(struct ho_arena *arena, const struct ho_x834_member *loop, const char *program,
                           struct ho_roster_known *said)
{
    for (size_t i = 0; i < loop->n_coverages; i++) {
        const struct ho_x834_coverage *c = &loop->coverages[i];
        if (c->maintenance == HO_X834_UNTOUCHED || ends_only(loop, c))
            continue;
        uint32_t last = last_day(c->to);
        for (size_t k = 0; k < said->enrolments.n; k++) {
            const struct ho_roster_enrolment *e = &said->enrolments.items[k];
            if (joins(e, begin_of(loop, c), c->to) && last_day(e->to) > last)
                last = last_day(e->to);
        }
        put_period(arena, said, program, begin_of(loop, c), last == NEVER ? 0 : last);
    }
}

// Ends come before what is said to go on: who changes from one coverage to another has both in one loop.
static void take_coverages(struct ho_arena *arena, const struct ho_x834_member *loop, const char *program,
                           struct ho_roster_known *known)
{
    struct ho_roster_known said = {0};
    join_coverages(arena, loop, program, &said);
    for (size_t i = 0; i < loop->n_coverages; i++) {
        const struct ho_x834_coverage *c = &loop->coverages[i];
        uint32_t last = first_said(c->to, loop->ended, change_of(loop, c), loop->file_date);
        if (!ends_only(loop, c))
            continue;
        end_enrolments(&said, program, last, !ends_one(c, last), &said);
        end_enrolments(known, program, last, !ends_one(c, last), &said);
    }
    for (size_t i = 0; i < said.enrolments.n; i++)
        put_period(arena, known, program, said.enrolments.items[i].from, said.enrolments.items[i].to);
}

// ---- The whole -------------------------------------------------------------------------------------

// The last day that the loop's own end tells: its coverages' latest, where the member's dates say none.
static uint32_t end_of_member(const struct ho_x834_member *loop)
{
    uint32_t latest = 0;
    for (size_t i = 0; i < loop->n_coverages; i++)
        if (loop->coverages[i].to > latest)
            latest = loop->coverages[i].to;
    return first_said(loop->ended, latest, loop->changed, loop->file_date);
}

static void end_member(const struct ho_x834_member *loop, const char *program, uint32_t last,
                       struct ho_roster_known *known)
{
    end_enrolments(known, program, last, true, &(struct ho_roster_known){0});
    if (*program || known->enrolments.n)
        return;
    if (last <= loop->file_date)
        known->deleted = true;
    else
        known->ends_later = true;
}

bool ho_x834_merge(struct ho_arena *arena, const struct ho_x834_member *loop, const char *program,
                   struct ho_roster_known *known)
{
    bool ends = loop->maintenance == HO_X834_END;
    if (ends && !known->there)
        return false;
    known->there = true;
    known->ends_later = false;
    take_person(arena, loop, known);
    if (!ends)
        known->deleted = false;
    if (!ends && *program)
        take_coverages(arena, loop, program, known);
    if (ends)
        end_member(loop, program, end_of_member(loop), known);
    if (loop->died)
        end_member(loop, "", loop->died, known);
    return true;
}

struct ho_roster_row *ho_roster_rows_of_known(struct ho_arena *arena, const struct ho_roster_known *known, size_t *n)
{
    size_t enrolments = known->deleted ? 0 : known->enrolments.n;
    *n = enrolments ? enrolments : 1;
    struct ho_roster_row *rows = ho_arena_array(arena, *n, sizeof *rows);
    for (size_t i = 0; i < *n; i++) {
        rows[i] = known->row;
        rows[i].deleted = known->deleted;
    }
    for (size_t i = 0; i < enrolments; i++) {
        const struct ho_roster_enrolment *e = &known->enrolments.items[i];
        rows[i].text[HO_ROSTER_PROGRAM] = e->program;
        rows[i].date[HO_ROSTER_ENROLLED_FROM] = e->from;
        rows[i].date[HO_ROSTER_ENROLLED_TO] = e->to;
        rows[i].date[HO_ROSTER_OPTED_OUT_ON] = e->opted_out_on;
    }
    return rows;
}

// Any bytes: every view lies in the message, and a place by text is the place by number.
#include <stdio.h>

#include "fuzz.h"
#include "handoff/hl7.h"

static struct ho_arena *arena;

static void check_inside(const struct ho_hl7_message *m, struct ho_bytes view)
{
    HOLDS(!view.n || (view.p >= m->bytes.p && view.p + view.n <= m->bytes.p + m->bytes.n));
}

static void check_text(const struct ho_hl7_message *m, struct ho_bytes raw)
{
    struct ho_bytes text = ho_hl7_text(m, raw);
    HOLDS(text.n <= raw.n);
    HOLDS(!ho_hl7_is_null(raw) || text.n == 0);
}

static void check_field(const struct ho_hl7_message *m, struct ho_bytes field)
{
    struct ho_bytes rest = field, repetition, part, parts[4];
    for (uint32_t n = 1; ho_hl7_next(&rest, m->delimiters.repetition, &repetition); n++) {
        check_inside(m, repetition);
        if (n < 4)
            HOLDS(ho_bytes_equal(ho_hl7_part(field, m->delimiters.repetition, n), repetition));
        ho_hl7_split(repetition, m->delimiters.component, parts, 4);
        for (uint32_t k = 1; ho_hl7_next(&repetition, m->delimiters.component, &part); k++) {
            check_inside(m, part);
            HOLDS(k > 4 || ho_bytes_equal(parts[k - 1], part));
            check_text(m, part);
        }
    }
}

static void check_places(const struct ho_hl7_message *m)
{
    static const char *const names[] = {"MSH", "PID", "PV1", "ZZZ"};
    char text[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (uint32_t f = 1; f < 8; f++) {
            struct ho_hl7_path path = {HO_HL7_NAME(names[i][0], names[i][1], names[i][2]), 1, f, 1, 2, 1};
            snprintf(text, sizeof text, "%s[1]-%u[1].2.1", names[i], f);
            HOLDS(ho_bytes_equal(ho_hl7_at(m, text), ho_hl7_get(m, &path)));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ho_bytes bytes = {data, n}, msh;
    struct ho_hl7_message m;
    struct ho_hl7_delimiters delimiters;
    struct ho_hl7_path path;
    if (!arena)
        arena = ho_arena_new(0);
    if (ho_hl7_path_parse(bytes, &path))
        HOLDS(path.field > 0 && path.segment > 0);
    bool read = ho_hl7_parse(arena, bytes, &m);
    HOLDS(ho_hl7_header(bytes, &delimiters, &msh) == read);
    if (read) {
        HOLDS(ho_bytes_equal(msh, m.segments[0].bytes));
        for (size_t i = 0; i < m.n_segments; i++) {
            for (uint32_t f = 0; f < 70; f++)
                check_field(&m, ho_hl7_field(&m, &m.segments[i], f));
        }
        check_places(&m);
    }
    ho_arena_reset(arena);
    return 0;
}

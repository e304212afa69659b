// What PostgreSQL's errors mean for the caller, and their words without any value.
#include "pg_internal.h"

#include <stdio.h>

enum { STATE_BYTES = 5 }; // an SQLSTATE

static bool state_is(const char *state, const char *prefix)
{
    return strncmp(state, prefix, strlen(prefix)) == 0;
}

// The server's word that this session has ended or may not write any more (a failover).
bool ho_pg_state_ends_session(const char *state)
{
    static const char *const ending[] = {"08", "57P01", "57P02", "57P03", "57P05", "25006", "25P03"};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (state_is(state, ending[i]))
            return true;
    return false;
}

// By the classes of PostgreSQL's appendix A: what passes, what the data is at fault for, and bugs.
enum ho_status ho_pg_state_status(const char *state, bool copying)
{
    static const char *const passing[] = {"53", "57", "58", "40001", "40P01", "55P03"};
    if (!*state || ho_pg_state_ends_session(state))
        return HO_RETRY;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (state_is(state, passing[i]))
            return HO_RETRY;
    return copying || state_is(state, "22") || state_is(state, "23") ? HO_REJECT : HO_FATAL;
}

// Data errors quote the value they complain about, and a value may be a person's: the words end there. Enough is
// left to see, with the SQLSTATE, what was wrong.
void ho_pg_blank_values(char *text, size_t text_bytes)
{
    size_t n = strcspn(text, "\"");
    if (text[n])
        snprintf(text + n, text_bytes - n, "\"...\"");
}

// `sql` in one line, cut.
const char *ho_pg_excerpt(const char *sql, char out[HO_PG_EXCERPT_BYTES])
{
    size_t n = 0;
    for (const char *p = sql; *p && n < HO_PG_EXCERPT_BYTES - 1; p++) {
        char c = *p <= ' ' ? ' ' : *p;
        if (c != ' ' || (n && out[n - 1] != ' '))
            out[n++] = c;
    }
    out[n] = '\0';
    return out;
}

// Finds the last "severity:  SQLSTATE: words", as the verbose form has it.
static bool find_state(const char *message, char state[STATE_BYTES + 1])
{
    bool found = false;
    for (const char *p = message; (p = strstr(p, ":  ")); p++) {
        size_t n = strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (n == STATE_BYTES && p[3 + n] == ':') {
            memcpy(state, p + 3, STATE_BYTES);
            state[STATE_BYTES] = '\0';
            found = true;
        }
    }
    return found;
}

bool ho_pg_is_refusal(const char *message)
{
    char state[STATE_BYTES + 1];
    return find_state(message, state) && (state_is(state, "28") || state_is(state, "3D"));
}

// The lines of libpq's message as one, without the place in the server's source.
void ho_pg_flatten(const char *message, char *out, size_t out_bytes)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *line = message; *line;) {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, "LOCATION:", 9) != 0 && n && used + n + 3 < out_bytes)
            used += (size_t)snprintf(out + used, out_bytes - used, "%s%.*s", used ? "; " : "", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

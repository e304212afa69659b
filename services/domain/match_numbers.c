// Identifiers as matching compares them: CINs, plan ids, and what messages say in their place.
#include "match_traits.h"

static void read_number(struct ho_bytes text, char out[HO_NUMBER_BYTES])
{
    size_t n = 0;
    bool varied = false, digits = false;
    for (size_t i = 0; i < text.n && n < HO_NUMBER_BYTES - 1; i++) {
        char c = (char)text.p[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) {
            varied = varied || (n && c != out[n - 1]);
            digits = digits || c <= '9';
            out[n++] = c;
        }
    }
    if (!varied || !digits || n < 5)
        n = 0; // "0", "999999999", "UNKNOWN"
    out[n] = 0;
}

void ho_number_read(const char *text, char out[HO_NUMBER_BYTES])
{
    read_number(ho_bytes_of(text), out);
}

bool ho_number_is_cin(const char *number)
{
    size_t n = strlen(number);
    if (n != 9 && n != 14)
        return false;
    for (size_t i = 1; i < 8; i++)
        if (number[i] < '0' || number[i] > '9')
            return false;
    return number[0] == '9' && number[8] >= 'A' && number[8] <= 'Z';
}

bool ho_number_next(const char **rest, struct ho_bytes *out)
{
    size_t n = strcspn(*rest, " ");
    *out = ho_bytes_from(*rest, n);
    *rest += n + ((*rest)[n] == ' ');
    return n > 0;
}

// ---- CINs ------------------------------------------------------------------------------------------------

_Static_assert(HO_CINS_BYTES == HO_CINS_MAX * HO_NUMBER_BYTES, "the longest numbers fit");

static const char ONE_IS_NO_CIN[] =
    "holds several numbers, and one is no CIN (9, seven digits and a letter, or a card's 14 characters): correct it or "
    "take it out; the current CIN stands first, and blanks, ';' or ',' part them";
static const char TOO_MANY[] = "holds more than 8 CINs: leave the current one, first, and those that are still in use";
_Static_assert(HO_CINS_MAX == 8, "as the words say");

// Of a card's number the CIN.
static void read_cin(struct ho_bytes text, char out[HO_NUMBER_BYTES])
{
    enum { CIN_CHARACTERS = 9 };
    read_number(text, out);
    if (ho_number_is_cin(out))
        out[CIN_CHARACTERS] = 0;
}

static bool parts_cins(uint8_t c)
{
    return c <= ' ' || c == ';' || c == ',';
}

static bool next_cin(struct ho_bytes *rest, struct ho_bytes *out)
{
    while (rest->n && parts_cins(*rest->p))
        rest->p++, rest->n--;
    *out = ho_bytes_from(rest->p, 0);
    while (rest->n && !parts_cins(*rest->p))
        rest->p++, rest->n--, out->n++;
    return out->n > 0;
}

// One number, or a word for none, that is written with blanks.
static bool is_one(struct ho_bytes text, const char *whole)
{
    bool marked = text.n && (memchr(text.p, ';', text.n) || memchr(text.p, ',', text.n));
    return !whole[0] || (ho_number_is_cin(whole) && !marked);
}

static bool has_number(const char *numbers, const char *number)
{
    struct ho_bytes other;
    while (ho_number_next(&numbers, &other))
        if (ho_bytes_is(other, number))
            return true;
    return false;
}

static void append_number(char *numbers, const char *number)
{
    size_t n = strlen(numbers);
    if (n)
        numbers[n++] = ' ';
    memcpy(numbers + n, number, strlen(number) + 1);
}

size_t ho_cins_read(const char *text, char out[HO_CINS_BYTES], const char **wrong)
{
    struct ho_bytes rest = ho_bytes_of(text), part;
    char number[HO_NUMBER_BYTES];
    size_t n_said = 0, n = 0;
    *wrong = NULL;
    read_cin(rest, out);
    if (is_one(rest, out))
        return out[0] != 0;
    for (out[0] = 0; next_cin(&rest, &part); n_said++) {
        read_cin(part, number);
        if (!ho_number_is_cin(number))
            *wrong = ONE_IS_NO_CIN;
        if (!number[0] || has_number(out, number))
            continue;
        if (n++ < HO_CINS_MAX)
            append_number(out, number);
        else if (!*wrong)
            *wrong = TOO_MANY;
    }
    if (n_said == 1)
        *wrong = NULL;
    return n_said;
}

// Batches: FHS { BHS { messages } BTS } FTS (HL7 v2.8.2 ch. 2.10.3). All four are optional, so one alone says nothing;
// but what was begun and does not end was cut, and a count that is given must be true.
#include "message_file.h"

#include <inttypes.h>

bool ho_message_segment_is(struct ho_bytes line, const char *name)
{
    if (line.n < 3 || memcmp(line.p, name, 3) != 0)
        return false;
    uint8_t next = line.n > 3 ? line.p[3] : '|'; // a longer word is another one
    return !(next >= '0' && next <= '9') && !(next >= 'A' && next <= 'Z') && !(next >= 'a' && next <= 'z');
}

struct batches {
    size_t line;                  // of the segment in hand, from 1
    size_t file_line, batch_line; // of the FHS and BHS that have not ended; 0 none
    uint64_t messages;            // since the batch began
    uint64_t n;                   // batches of the file that have ended
    bool in_batch;                // a BHS or a message was seen
};

static bool next_line(struct ho_bytes *rest, struct ho_bytes *line)
{
    if (!rest->n)
        return false;
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '\r' && rest->p[n] != '\n')
        n++;
    *line = ho_bytes_from(rest->p, n);
    n += n < rest->n && rest->p[n] == '\r'; // CR LF is one end
    n += n < rest->n && rest->p[n] == '\n';
    *rest = ho_bytes_from(rest->p + n, rest->n - n);
    return true;
}

// The first field; a segment without any has no byte behind its name.
static struct ho_bytes first_field(struct ho_bytes line)
{
    if (line.n < 4)
        return (struct ho_bytes){0};
    struct ho_bytes field = ho_bytes_from(line.p + 4, line.n - 4);
    for (size_t i = 0; i < field.n; i++)
        if (field.p[i] == line.p[3])
            field.n = i;
    return ho_bytes_trim(field);
}

static enum ho_status check_count(const struct batches *b, struct ho_bytes line, const char *what, uint64_t counted,
                                  struct ho_error *error)
{
    enum { DIGITS_MAX = 18 };
    struct ho_bytes field = first_field(line);
    uint64_t said = 0;
    bool number = field.n <= DIGITS_MAX;
    for (size_t i = 0; number && i < field.n; i++) {
        number = field.p[i] >= '0' && field.p[i] <= '9';
        said = said * 10 + (uint64_t)(field.p[i] - '0');
    }
    if (!number)
        return ho_fail(error, HO_REJECT, "line %zu: %.3s-1 is no number", b->line, (const char *)line.p);
    if (field.n && said != counted)
        return ho_fail(error, HO_REJECT, "line %zu: %.3s-1 says %" PRIu64 " %s, but there are %" PRIu64, b->line,
                       (const char *)line.p, said, what, counted);
    return HO_OK;
}

static enum ho_status check_ended(size_t line, const char *begin, const char *end, struct ho_error *error)
{
    if (!line)
        return HO_OK;
    return ho_fail(error, HO_REJECT, "the %s of line %zu has no %s: the file may have been cut", begin, line, end);
}

static void begin_batch(struct batches *b)
{
    b->n += b->in_batch; // of messages alone
    b->in_batch = false;
    b->messages = 0;
}

static enum ho_status take_header(struct batches *b, bool file, struct ho_error *error)
{
    enum ho_status status = check_ended(b->batch_line, "BHS", "BTS", error);
    if (status == HO_OK && file)
        status = check_ended(b->file_line, "FHS", "FTS", error);
    begin_batch(b);
    if (file)
        *b = (struct batches){.line = b->line, .file_line = b->line};
    else
        b->batch_line = b->line;
    b->in_batch = !file;
    return status;
}

static enum ho_status take_batch_end(struct batches *b, struct ho_bytes line, struct ho_error *error)
{
    enum ho_status status = check_count(b, line, "messages", b->messages, error);
    b->n++;
    b->batch_line = 0;
    b->in_batch = false;
    b->messages = 0;
    return status;
}

static enum ho_status take_file_end(struct batches *b, struct ho_bytes line, struct ho_error *error)
{
    enum ho_status status = check_ended(b->batch_line, "BHS", "BTS", error);
    begin_batch(b);
    if (status == HO_OK)
        status = check_count(b, line, "batches", b->n, error);
    *b = (struct batches){.line = b->line};
    return status;
}

static enum ho_status take_line(struct batches *b, struct ho_bytes line, struct ho_error *error)
{
    if (ho_message_segment_is(line, "MSH")) {
        b->messages++;
        b->in_batch = true;
        return HO_OK;
    }
    if (ho_message_segment_is(line, "FHS") || ho_message_segment_is(line, "BHS"))
        return take_header(b, line.p[0] == 'F', error);
    if (ho_message_segment_is(line, "BTS"))
        return take_batch_end(b, line, error);
    return ho_message_segment_is(line, "FTS") ? take_file_end(b, line, error) : HO_OK;
}

enum ho_status ho_message_batches_check(struct ho_bytes plain, struct ho_error *error)
{
    struct batches b = {0};
    struct ho_bytes line;
    enum ho_status status = HO_OK;
    while (status == HO_OK && next_line(&plain, &line)) {
        b.line++;
        status = take_line(&b, line, error);
    }
    if (status == HO_OK)
        status = check_ended(b.batch_line, "BHS", "BTS", error);
    return status == HO_OK ? check_ended(b.file_line, "FHS", "FTS", error) : status;
}

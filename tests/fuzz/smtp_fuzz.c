// Any message, and any bytes as what a mail server says about it: the message ends where it ends and nowhere before,
// and what comes of it is what the replies say, however they are cut.
#include "fuzz.h"
#include "platform/smtp_talk.h"

// Back to the message: of each line that begins with a dot the dot is gone. Ends at the dot that stands alone.
static struct ho_bytes as_received(struct ho_arena *arena, struct ho_bytes said)
{
    uint8_t *out = ho_arena_alloc(arena, said.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < said.n; i++) {
        bool begins = i == 0 || said.p[i - 1] == '\n';
        if (begins && said.n - i >= 3 && memcmp(said.p + i, ".\r\n", 3) == 0) {
            HOLDS(i + 3 == said.n);
            return ho_bytes_from(out, n);
        }
        if (!begins || said.p[i] != '.')
            out[n++] = said.p[i];
    }
    abort();
}

static void check_message(struct ho_arena *arena, struct ho_bytes message, struct ho_bytes said)
{
    struct ho_bytes got = as_received(arena, said);
    HOLDS(got.n == message.n || got.n == message.n + 2); // with a line end at its end
    HOLDS(!message.n || memcmp(got.p, message.p, message.n) == 0);
}

static void check_outcome(const struct ho_smtp_talk *talk)
{
    enum ho_sent said = ho_smtp_talk_outcome(talk, true), cut = ho_smtp_talk_outcome(talk, false);
    HOLDS(talk->code == 0 || (talk->code >= 200 && talk->code < 600));
    HOLDS((talk->step == HO_SMTP_TAKEN) == (said == HO_SENT) && (said == HO_SENT) == (cut == HO_SENT));
    HOLDS(cut != HO_SENT_UNKNOWN && (said != HO_SENT_UNKNOWN || talk->step == HO_SMTP_MESSAGE));
    HOLDS(said != HO_SENT_REFUSED || (talk->code >= 500 && talk->step != HO_SMTP_MAIL && talk->step != HO_SMTP_DATA));
}

// Hears all of it, in pieces of `step` bytes, and how many it heard.
static struct ho_smtp_talk hear_all(struct ho_smtp_talk talk, struct ho_bytes replies, size_t step, size_t *heard)
{
    enum ho_smtp_next next = HO_SMTP_LISTEN;
    for (*heard = 0; *heard < replies.n && next != HO_SMTP_END;) {
        size_t n = replies.n - *heard < step ? replies.n - *heard : step;
        next = ho_smtp_talk_hear(&talk, ho_bytes_from(replies.p + *heard, n), true);
        *heard += n;
        HOLDS(next != HO_SMTP_SPEAK || talk.say[talk.step].n > 0);
        check_outcome(&talk);
    }
    return talk;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const size_t steps[] = {2, 5, 64, SIZE_MAX};
    const uint8_t *zero = n ? memchr(data, 0, n) : NULL;
    struct ho_bytes message = ho_bytes_from(data, zero ? (size_t)(zero - data) : n);
    struct ho_bytes replies = zero ? ho_bytes_from(zero + 1, n - message.n - 1) : (struct ho_bytes){0};
    const struct ho_mail mail = {.from = "us@plan.example", .to = "ana@team.example", .message = message};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_smtp_talk fresh;
    size_t heard;
    ho_smtp_talk_init(&fresh, arena, &mail);
    check_message(arena, message, fresh.say[HO_SMTP_MESSAGE]);
    struct ho_smtp_talk single = hear_all(fresh, replies, 1, &heard);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct ho_smtp_talk cut = hear_all(fresh, replies, steps[i], &heard);
        HOLDS(cut.step <= single.step); // replies that come too soon end it
        HOLDS(cut.step != single.step || !cut.code || cut.code == single.code);
    }
    ho_arena_free(arena);
    return 0;
}

#include "smtp_talk.h"

#include <assert.h>

// A line that begins with a dot gets another (RFC 5321 ch. 4.5.2); a line with the dot alone ends the mail.
static struct ho_bytes stuffed(struct ho_arena *arena, struct ho_bytes message)
{
    static const char end[] = "\r\n.\r\n";
    uint8_t *out = ho_arena_alloc(arena, 2 * message.n + sizeof end);
    size_t n = 0;
    for (size_t i = 0; i < message.n; i++) {
        if (message.p[i] == '.' && (i == 0 || message.p[i - 1] == '\n'))
            out[n++] = '.';
        out[n++] = message.p[i];
    }
    size_t ended = n >= 2 && out[n - 2] == '\r' && out[n - 1] == '\n' ? 2 : 0;
    memcpy(out + n, end + ended, sizeof end - 1 - ended);
    return ho_bytes_from(out, n + sizeof end - 1 - ended);
}

void ho_smtp_talk_init(struct ho_smtp_talk *talk, struct ho_arena *arena, const struct ho_mail *mail)
{
    assert(!strpbrk(mail->from, "\r\n<>") && !strpbrk(mail->to, "\r\n<>"));
    *talk = (struct ho_smtp_talk){
        .say =
            {
                [HO_SMTP_MAIL] = ho_bytes_of(ho_arena_printf(arena, "MAIL FROM:<%s>\r\n", mail->from)),
                [HO_SMTP_RCPT] = ho_bytes_of(ho_arena_printf(arena, "RCPT TO:<%s>\r\n", mail->to)),
                [HO_SMTP_DATA] = ho_bytes_of("DATA\r\n"),
                [HO_SMTP_MESSAGE] = stuffed(arena, mail->message),
            },
    };
}

// Three digits, and a hyphen where more lines follow.
static int code_of(const struct ho_smtp_talk *talk)
{
    int code = 0;
    if (talk->line_bytes < 3 || talk->line[0] < '2' || talk->line[0] > '5')
        return 0;
    for (int i = 0; i < 3; i++) {
        if (talk->line[i] < '0' || talk->line[i] > '9')
            return 0;
        code = code * 10 + (talk->line[i] - '0');
    }
    return code;
}

static enum ho_smtp_next after_reply(struct ho_smtp_talk *talk, int code, bool in_step)
{
    bool good = talk->step == HO_SMTP_DATA ? code == 354 : code / 100 == 2, last = talk->step == HO_SMTP_MESSAGE;
    if (good && !in_step)
        return HO_SMTP_END;
    talk->code = good && !last ? 0 : code;
    talk->reply_bytes = 0;
    if (good)
        talk->step = (enum ho_smtp_step)(talk->step + 1);
    return good && !last ? HO_SMTP_SPEAK : HO_SMTP_END;
}

// A server that agrees to what was not yet said is out of step.
static enum ho_smtp_next after_line(struct ho_smtp_talk *talk, bool said_all, bool more)
{
    int code = code_of(talk);
    bool last = talk->line_bytes < sizeof talk->line || talk->line[3] != '-';
    talk->line_bytes = 0;
    if (!code)
        return HO_SMTP_END;
    if (!last)
        return HO_SMTP_LISTEN;
    return after_reply(talk, code, said_all && (!more || talk->step == HO_SMTP_MESSAGE));
}

enum ho_smtp_next ho_smtp_talk_hear(struct ho_smtp_talk *talk, struct ho_bytes bytes, bool said_all)
{
    enum ho_smtp_next next = HO_SMTP_LISTEN;
    for (size_t i = 0; i < bytes.n && next == HO_SMTP_LISTEN; i++) {
        if (++talk->reply_bytes > HO_SMTP_REPLY_BYTES_MAX)
            next = HO_SMTP_END;
        else if (bytes.p[i] == '\n')
            next = after_line(talk, said_all, i + 1 < bytes.n);
        else if (talk->line_bytes < sizeof talk->line)
            talk->line[talk->line_bytes++] = (char)bytes.p[i];
    }
    return next;
}

// A refusal of MAIL or DATA, or of who we are, is about us and not about what is sent.
static bool is_about_us(const struct ho_smtp_talk *talk)
{
    int code = talk->code;
    return talk->step == HO_SMTP_MAIL || talk->step == HO_SMTP_DATA || code == 530 || code == 534 || code == 535 ||
           code == 538;
}

enum ho_sent ho_smtp_talk_outcome(const struct ho_smtp_talk *talk, bool said_all)
{
    if (talk->step == HO_SMTP_TAKEN)
        return HO_SENT;
    if (talk->code >= 500 && !is_about_us(talk))
        return HO_SENT_REFUSED;
    return talk->step == HO_SMTP_MESSAGE && said_all && !talk->code ? HO_SENT_UNKNOWN : HO_SENT_NOT;
}

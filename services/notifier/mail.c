#include "mail.h"

#include "handoff/time.h"

#include <stdio.h>

// RFC 5322 ch. 3.3, in UTC.
static const char *date_text(struct ho_arena *arena, int64_t now)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = now / HO_US_PER_SECOND;
    uint32_t date = ho_days_to_date((int32_t)(seconds / 86400));
    int64_t of_day = seconds % 86400;
    return ho_arena_printf(arena, "%s, %02u %s %04u %02d:%02d:%02d +0000", days[ho_date_weekday(date)], date % 100,
                           months[date / 100 % 100 - 1], date / 10000, (int)(of_day / 3600), (int)(of_day / 60 % 60),
                           (int)(of_day % 60));
}

struct words {
    const char *subject, *news;
};

static struct words words_of(const struct ho_mail_facts *facts)
{
    if (facts->correction)
        return (struct words){
            "A care transition notice no longer holds",
            facts->reader == HO_MAIL_QUEUE
                ? "A care transition that you were told about no longer holds. Your queue is up to date."
                : "A care transition that you were told about no longer holds.",
        };
    if (facts->reader == HO_MAIL_FAMILY)
        return (struct words){
            "News of a care transition",
            "Somebody who named you as family or friend has had a care transition. Please ask them or their care "
            "coordinator.",
        };
    if (facts->reader == HO_MAIL_CARE)
        return (struct words){
            "News of a care transition",
            "Somebody whose care team you are on has had a care transition. Please ask their care coordinator.",
        };
    if (facts->reminder && facts->due > facts->now)
        return (struct words){"A task is due soon", "A task in your queue is due soon, and is still open."};
    if (facts->reminder)
        return (struct words){"A task is overdue", "A task in your queue is overdue, and is still open."};
    return (struct words){
        "A care transition needs you",
        "A care transition needs you: there is a new item in your queue.",
    };
}

static const char *body_text(struct ho_arena *arena, const struct ho_mail_facts *facts, const char *news)
{
    if (facts->reader != HO_MAIL_QUEUE)
        return ho_arena_printf(arena, "%s\r\n\r\nThe details are not in this mail, to keep them private.\r\n", news);
    const char *link = *facts->queue_url ? ho_arena_printf(arena, "\r\n%s\r\n", facts->queue_url) : "";
    return ho_arena_printf(arena, "%s\r\n%s\r\nThe details are there and not in this mail, to keep them private.\r\n",
                           news, link);
}

struct ho_bytes ho_mail_write(struct ho_arena *arena, const struct ho_mail_facts *facts)
{
    struct words words = words_of(facts);
    return ho_bytes_of(ho_arena_printf(arena,
                                       "Date: %s\r\n"
                                       "From: handoff <%s>\r\n"
                                       "To: <%s>\r\n"
                                       "Subject: %s\r\n"
                                       "Message-ID: %s\r\n"
                                       "Auto-Submitted: auto-generated\r\n"
                                       "MIME-Version: 1.0\r\n"
                                       "Content-Type: text/plain; charset=us-ascii\r\n"
                                       "Content-Transfer-Encoding: 7bit\r\n"
                                       "\r\n"
                                       "%s",
                                       date_text(arena, facts->now), facts->from, facts->to, words.subject,
                                       facts->message_id, body_text(arena, facts, words.news)));
}

bool ho_mail_address_valid(const char *address)
{
    const char *at = strchr(address, '@');
    if (!at || at == address || !at[1] || strchr(at + 1, '@'))
        return false;
    for (const char *p = address; *p; p++)
        if (*p <= ' ' || *p >= 0x7F || strchr("<>()[]\\,;:\"", *p))
            return false;
    return true;
}

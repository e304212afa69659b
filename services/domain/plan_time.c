// When a task begins, is due, and is reminded of.
#include "plan_internal.h"

static int64_t by_hours(int64_t from, int hours)
{
    int64_t at;
    return __builtin_add_overflow(from, hours * HO_US_PER_HOUR, &at) ? from : at;
}

static int64_t after(const struct ho_calendar *calendar, const struct ho_due *span, int64_t from)
{
    switch (span->unit) {
    case HO_DUE_BUSINESS_DAYS:
        return ho_calendar_business_days_after(calendar, from, span->amount);
    case HO_DUE_DAYS:
        return ho_calendar_days_after(calendar, from, span->amount);
    case HO_DUE_HOURS:
        break;
    }
    return by_hours(from, span->amount);
}

static int64_t before(const struct ho_calendar *calendar, const struct ho_due *span, int64_t from)
{
    switch (span->unit) {
    case HO_DUE_BUSINESS_DAYS:
        return ho_calendar_business_days_before(calendar, from, span->amount);
    case HO_DUE_DAYS:
        return ho_calendar_days_after(calendar, from, -span->amount);
    case HO_DUE_HOURS:
        break;
    }
    return by_hours(from, -span->amount);
}

int64_t ho_task_due(const struct ho_protocol *protocol, const struct ho_task_template *task, int64_t occurred)
{
    int64_t ours = after(protocol->task_calendar, &task->due, occurred);
    int64_t measure = protocol->measure_calendar ? after(protocol->measure_calendar, &task->due, occurred) : ours;
    return measure < ours ? measure : ours;
}

int64_t ho_task_begins(const struct ho_protocol *protocol, const struct ho_task_template *task, int64_t occurred)
{
    if (task->starts.amount == 0)
        return occurred;
    int64_t at = after(protocol->task_calendar, &task->starts, occurred);
    return task->starts.unit == HO_DUE_HOURS ? at : ho_calendar_opening(protocol->task_calendar, at);
}

int64_t ho_reminder_at(const struct ho_protocol *protocol, const struct ho_reminder *reminder, int64_t due)
{
    return reminder->before ? before(protocol->task_calendar, &reminder->by, due)
                            : after(protocol->task_calendar, &reminder->by, due);
}

bool ho_is_too_late(const struct ho_protocol *protocol, const struct ho_due *span, int64_t from, int64_t recorded)
{
    return span->amount && recorded > after(protocol->task_calendar, span, from);
}

bool ho_notice_is_over(const struct ho_planned_notice *notice, int64_t now)
{
    return notice->notice && ho_is_too_late(notice->protocol, &notice->protocol->notices_within, notice->at, now);
}

#include "reports_json.h"

#include "review/cells.h"

static json_t *share_json(double share)
{
    return share < 0 ? json_null() : json_real(share);
}

static json_t *shares_json(const char *const *names, const struct ho_feed_share *shares, int n)
{
    json_t *json = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(json, names[i],
                            json_pack("{s:o, s:o, s:b}", "day", share_json(shares[i].day), "before",
                                      share_json(shares[i].before), "moved", shares[i].moved));
    return json;
}

static json_t *rates_json(const struct ho_feed_health *health)
{
    json_t *list = json_array();
    for (int i = 0; i < HO_FEED_RATES; i++) {
        const struct ho_feed_rate *rate = &health->rates[i];
        json_array_append_new(list,
                              json_pack("{s:i, s:I, s:o}", "hours", rate->hours, "messages", (json_int_t)rate->messages,
                                        "expected", health->has_rhythm ? json_real(rate->expected) : json_null()));
    }
    return list;
}

static json_t *clock_json(const struct ho_feed_health *health)
{
    const struct ho_feed_counts *day = &health->day;
    if (!day->has_skew)
        return json_null();
    return json_pack("{s:o, s:I, s:I, s:I, s:I}", "mean_seconds",
                     health->has_skew ? json_real(health->skew_mean_s) : json_null(), "least_seconds",
                     (json_int_t)day->skew_min_s, "most_seconds", (json_int_t)day->skew_max_s, "in_future",
                     (json_int_t)day->in_future, "late", (json_int_t)day->late);
}

static json_t *notes_json(const struct ho_feed_health *health)
{
    json_t *list = json_array();
    for (size_t i = 0; i < health->n_notes; i++)
        json_array_append_new(list, json_string(health->notes[i]));
    return list;
}

json_t *ho_feed_report_json(const struct ho_feed_report *report)
{
    const struct ho_feed_health *health = &report->health;
    return json_pack("{s:s, s:b, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name", report->feed->name, "default",
                     ho_feed_is_default(report->feed), "zone", ho_zone_name(report->feed->zone), "last_message",
                     ho_json_instant(health->last), "state", ho_feed_state_names[health->state], "notes",
                     notes_json(health), "rates", rates_json(health), "verdicts",
                     shares_json(ho_feed_verdict_names, health->verdicts, HO_FEED_VERDICTS), "lacks",
                     shares_json(ho_feed_field_names, health->lacks, HO_FEED_FIELDS), "clock", clock_json(health));
}

static json_t *senders_json(const struct ho_feed_reports *reports)
{
    json_t *list = json_array();
    for (size_t i = 0; i < reports->n_senders; i++) {
        const struct ho_feed_sender *sender = &reports->senders[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:o}", "sending_application", sender->application,
                                              "sending_facility", sender->facility, "last_day", (json_int_t)sender->day,
                                              "messages", (json_int_t)sender->messages, "last_message",
                                              ho_json_instant(sender->last)));
    }
    return list;
}

json_t *ho_feed_reports_json(const struct ho_feed_reports *reports)
{
    json_t *list = json_array();
    for (size_t i = 0; i < reports->n; i++)
        json_array_append_new(list, ho_feed_report_json(&reports->items[i]));
    return json_pack("{s:o, s:o, s:I, s:o}", "as_of", ho_json_instant(reports->at), "feeds", list,
                     "unknown_senders_count", (json_int_t)reports->n_senders_all, "unknown_senders",
                     senders_json(reports));
}

json_t *ho_feed_week_json(const struct ho_feed_health *health)
{
    enum { DAY_HOURS = 24 };
    static const char *const DAYS[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    json_t *list = json_array();
    for (int i = 0; i < HO_FEED_WEEK_HOURS; i++)
        json_array_append_new(list, json_pack("{s:s, s:i, s:I, s:o}", "day", DAYS[i / DAY_HOURS], "hour", i % DAY_HOURS,
                                              "messages", (json_int_t)health->got[i], "expected",
                                              health->has_rhythm ? json_real(health->expected[i]) : json_null()));
    return list;
}

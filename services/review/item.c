#include "item.h"

#include "cells.h"
#include "handoff/plan.h"

#include <stdlib.h>

static json_t *text(const char *value)
{
    return ho_json_text(ho_bytes_of(value ? value : ""));
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        abort();
}

// ---- The patient, as the message tells it.

static json_t *identifiers(const ho_person *person)
{
    json_t *list = json_array();
    for (size_t i = 0; i < person->n_identifiers; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "value", text(person->identifiers[i]->value),
                                              "authority", text(person->identifiers[i]->authority), "type",
                                              text(person->identifiers[i]->type)));
    return list;
}

static json_t *insured_ids(const ho_person *person)
{
    json_t *list = json_array();
    for (size_t i = 0; i < person->n_insured_ids; i++)
        json_array_append_new(list, text(person->insured_ids[i]));
    return list;
}

json_t *ho_item_patient(const ho_adt_event *event)
{
    const ho_person *p = event->person;
    json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "surname", text(p->surname), "given", text(p->given),
                             "middle", text(p->middle), "suffix", text(p->suffix), "birth_date",
                             ho_json_date((int64_t)p->birth_date), "sex", text(p->sex));
    set(json, "phone", text(p->phone));
    set(json, "address", text(p->address));
    set(json, "city", text(p->city));
    set(json, "state", text(p->state));
    set(json, "zip", text(p->zip));
    set(json, "language", text(p->language));
    set(json, "identifiers", identifiers(p));
    set(json, "insured_ids", insured_ids(p));
    return json;
}

static const char *class_name(Handoff__V1__PatientClass patient_class)
{
    static const char *const names[] = {
        [HO_CLASS_UNKNOWN] = "unknown",       [HO_CLASS_EMERGENCY] = "emergency",
        [HO_CLASS_INPATIENT] = "inpatient",   [HO_CLASS_OBSERVATION] = "observation",
        [HO_CLASS_OUTPATIENT] = "outpatient", [HO_CLASS_PREADMIT] = "preadmit",
        [HO_CLASS_RECURRING] = "recurring",
    };
    size_t n = sizeof names / sizeof *names;
    return (size_t)patient_class < n ? names[patient_class] : "unknown";
}

json_t *ho_item_event(const ho_adt_event *e)
{
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "trigger", text(e->trigger), "feed", text(e->feed), "facility",
                  text(e->facility), "mrn", text(e->mrn), "prior_mrn", text(e->prior_mrn), "visit", text(e->visit));
    set(json, "account", text(e->account));
    set(json, "patient_class", json_string(class_name(e->patient_class)));
    set(json, "disposition", text(e->disposition));
    set(json, "died", json_boolean(e->died));
    set(json, "occurred", ho_json_instant(e->occurred));
    set(json, "recorded", ho_json_instant(e->recorded));
    set(json, "admitted", ho_json_instant(e->admitted));
    set(json, "discharged", ho_json_instant(e->discharged));
    set(json, "attending", text(e->attending));
    set(json, "service", text(e->service));
    return json;
}

// ---- Candidates, as the roster knows them.

const char ho_item_members[] =
    "select c.id, m.member_id is not null, coalesce(m.deleted, false), coalesce(m.birth_date, 0), m.surname, m.given,"
    "  m.middle, m.suffix, m.sex, m.phone, m.address, m.city, m.state, m.zip, m.language, m.cin, m.plan_id,"
    "  m.organisation, m.coordinator"
    " from unnest($1::text[]) with ordinality as c (id, ord) left join member m on m.member_id = c.id order by c.ord";

enum { ID, IS_KNOWN, DELETED, BIRTH_DATE, FIRST_TEXT };

static const char *const TEXTS[] = {"surname",  "given",   "middle",  "suffix",       "sex",
                                    "phone",    "address", "city",    "state",        "zip",
                                    "language", "cin",     "plan_id", "organisation", "coordinator"};

const char ho_item_enrolments[] =
    "select member_id, program, enrolled_from, enrolled_to, opted_out_on from enrolment_now"
    " where member_id = any ($1) order by member_id, program, enrolled_from";

static json_t *member_json(const struct ho_pg_result *rows, int i)
{
    if (!ho_pg_get_int(rows, i, IS_KNOWN))
        return json_null();
    json_t *json = json_pack("{s:b, s:o}", "removed", (int)ho_pg_get_int(rows, i, DELETED), "birth_date",
                             ho_json_date(ho_pg_get_int(rows, i, BIRTH_DATE)));
    for (size_t k = 0; k < sizeof TEXTS / sizeof *TEXTS; k++)
        set(json, TEXTS[k], ho_json_cell_text(rows, i, FIRST_TEXT + (int)k));
    return json;
}

static const ho_enrolment *enrolment_of(struct ho_arena *arena, const struct ho_pg_result *rows, int i)
{
    ho_enrolment *e = ho_arena_alloc(arena, sizeof *e);
    handoff__v1__enrolment__init(e);
    e->program = ho_arena_text(arena, ho_pg_get_bytes(rows, i, 1));
    e->enrolled_from = (uint32_t)ho_pg_get_int(rows, i, 2);
    e->enrolled_to = (uint32_t)ho_pg_get_int(rows, i, 3);
    e->opted_out_on = (uint32_t)ho_pg_get_int(rows, i, 4);
    return e;
}

static json_t *enrolment_json(const struct ho_item_roster *roster, const ho_enrolment *e)
{
    static const char *const standings[] = {
        [HO_STANDING_NEVER] = "never",         [HO_STANDING_NOT_YET] = "not-yet", [HO_STANDING_NO_LONGER] = "no-longer",
        [HO_STANDING_OPTED_OUT] = "opted-out", [HO_STANDING_SERVED] = "served",
    };
    struct ho_standing_on on = ho_standing_on(&e, 1, e->program, roster->date, roster->today);
    return json_pack("{s:o, s:o, s:o, s:o, s:s}", "program", text(e->program), "enrolled_from",
                     ho_json_date((int64_t)e->enrolled_from), "enrolled_to", ho_json_date((int64_t)e->enrolled_to),
                     "opted_out_on", ho_json_date((int64_t)e->opted_out_on), "standing", standings[on.standing]);
}

static json_t *enrolments_json(struct ho_arena *arena, const struct ho_item_roster *roster, const char *member_id)
{
    json_t *list = json_array();
    for (int i = 0; i < ho_pg_rows(roster->enrolments); i++)
        if (strcmp(ho_pg_get_text(roster->enrolments, i, 0), member_id) == 0)
            json_array_append_new(list, enrolment_json(roster, enrolment_of(arena, roster->enrolments, i)));
    return list;
}

static const json_t *explanation_of(const json_t *explanations, const char *member_id)
{
    size_t i;
    json_t *item;
    json_array_foreach(explanations, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "member_id"));
        if (id && strcmp(id, member_id) == 0)
            return item;
    }
    return NULL;
}

static json_t *part_of(const json_t *explanation, const char *name)
{
    json_t *part = json_object_get(explanation, name);
    return part ? json_incref(part) : json_null();
}

json_t *ho_item_candidates(struct ho_arena *arena, const struct ho_item_roster *roster)
{
    json_t *list = json_array();
    for (int i = 0; i < ho_pg_rows(roster->members); i++) {
        const char *id = ho_pg_get_text(roster->members, i, ID);
        const json_t *explanation = explanation_of(roster->explanation, id);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "member_id", text(id), "score",
                                              part_of(explanation, "score"), "why", part_of(explanation, "why"),
                                              "member", member_json(roster->members, i), "enrolments",
                                              enrolments_json(arena, roster, id)));
    }
    return list;
}

// Short names for the generated messages, so that the rest of the code reads in the field's terms.
// The protobuf message is the one struct of an event: there is no second form to keep in step.
#pragma once

#include "handoff/v1/event.pb-c.h"
#include "handoff/v1/roster.pb-c.h"

#include "handoff/arena.h"
#include "handoff/bytes.h"
#include "handoff/error.h"

typedef Handoff__V1__AdtEvent ho_adt_event;
typedef Handoff__V1__Person ho_person;
typedef Handoff__V1__Identifier ho_identifier;
typedef Handoff__V1__Diagnosis ho_diagnosis;
typedef Handoff__V1__MatchedEvent ho_matched_event;
typedef Handoff__V1__Notice ho_notice;
typedef Handoff__V1__Member ho_member;
typedef Handoff__V1__Enrolment ho_enrolment;
typedef Handoff__V1__CareTeamMember ho_care_team_member;
typedef Handoff__V1__RosterUpdate ho_roster_update;

enum { HO_ID_BYTES = 16 };

enum ho_patient_class {
    HO_CLASS_UNKNOWN = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_UNKNOWN,
    HO_CLASS_EMERGENCY = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_EMERGENCY,
    HO_CLASS_INPATIENT = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_INPATIENT,
    HO_CLASS_OBSERVATION = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_OBSERVATION,
    HO_CLASS_OUTPATIENT = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_OUTPATIENT,
    HO_CLASS_PREADMIT = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_PREADMIT,
    HO_CLASS_RECURRING = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_RECURRING,
};

enum ho_facility_setting {
    HO_FACILITY_HOSPITAL = HANDOFF__V1__FACILITY_SETTING__FACILITY_SETTING_HOSPITAL,
    HO_FACILITY_SKILLED_NURSING = HANDOFF__V1__FACILITY_SETTING__FACILITY_SETTING_SKILLED_NURSING,
};

enum ho_destination {
    HO_DESTINATION_UNKNOWN = HANDOFF__V1__DESTINATION__DESTINATION_UNKNOWN,
    HO_DESTINATION_HOME = HANDOFF__V1__DESTINATION__DESTINATION_HOME,
    HO_DESTINATION_AGAINST_ADVICE = HANDOFF__V1__DESTINATION__DESTINATION_AGAINST_ADVICE,
    HO_DESTINATION_ACUTE = HANDOFF__V1__DESTINATION__DESTINATION_ACUTE,
    HO_DESTINATION_SKILLED_NURSING = HANDOFF__V1__DESTINATION__DESTINATION_SKILLED_NURSING,
    HO_DESTINATION_OTHER_FACILITY = HANDOFF__V1__DESTINATION__DESTINATION_OTHER_FACILITY,
    HO_DESTINATION_DIED = HANDOFF__V1__DESTINATION__DESTINATION_DIED,
    HO_DESTINATION_STILL_PATIENT = HANDOFF__V1__DESTINATION__DESTINATION_STILL_PATIENT,
};

// Reads a packed message into the arena; NULL where the bytes are not such a message: a key or id that is not
// HO_ID_BYTES long (an AdtEvent alone may have none yet), a matched event without its event, an update without
// its member. The person and the two locations of an event are never NULL.
ho_adt_event *ho_adt_event_unpack(struct ho_arena *arena, struct ho_bytes packed);
ho_matched_event *ho_matched_event_unpack(struct ho_arena *arena, struct ho_bytes packed);
ho_notice *ho_notice_unpack(struct ho_arena *arena, struct ho_bytes packed);
ho_roster_update *ho_roster_update_unpack(struct ho_arena *arena, struct ho_bytes packed);

// Packs any generated message into the arena.
struct ho_bytes ho_message_pack(struct ho_arena *arena, const ProtobufCMessage *message);

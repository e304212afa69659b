#include "handoff/ack.h"

#include "adt_reader.h"

enum { MSH_PARTS = 18 }; // parts[n] is MSH-n+1: the name takes the place of MSH-1

static enum ho_ack_condition condition_of(struct ho_bytes field)
{
    static const struct {
        const char *code;
        enum ho_ack_condition condition;
    } table[] = {{"NE", HO_ACK_NEVER}, {"ER", HO_ACK_ON_ERROR}, {"SU", HO_ACK_ON_SUCCESS}};
    field = ho_bytes_trim(field);
    if (!field.n || ho_hl7_is_null(field))
        return HO_ACK_UNSET;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (ho_bytes_is(field, table[i].code))
            return table[i].condition;
    }
    return HO_ACK_ALWAYS;
}

static struct ho_bytes first_component(const struct ho_hl7_delimiters *d, struct ho_bytes field)
{
    return ho_bytes_trim(ho_hl7_part(field, d->component, 1));
}

static enum ho_ack_fault fault_of(const struct ho_ack_request *r)
{
    if (!r->control_id.n)
        return HO_ACK_FAULT_NO_CONTROL_ID;
    if (!ho_bytes_is(r->message_code, "ADT"))
        return HO_ACK_FAULT_MESSAGE_TYPE;
    if (!ho_adt_is_version(r->version))
        return HO_ACK_FAULT_VERSION;
    return ho_adt_is_processing_id(r->processing_id) ? HO_ACK_FAULT_NONE : HO_ACK_FAULT_PROCESSING_ID;
}

void ho_ack_inspect(struct ho_bytes frame, struct ho_ack_request *out)
{
    *out = (struct ho_ack_request){
        .delimiters = {'|', '^', '~', '\\', '&'}, .encoding = HO_BYTES_LITERAL("^~\\&"), .fault = HO_ACK_FAULT_NO_MSH};
    struct ho_bytes msh, f[MSH_PARTS];
    struct ho_hl7_delimiters delimiters;
    if (!ho_hl7_header(frame, &delimiters, &msh))
        return;
    ho_hl7_split(msh, delimiters.field, f, MSH_PARTS);
    out->has_msh = true;
    out->delimiters = delimiters;
    out->encoding = f[1];
    out->sending_application = f[2];
    out->sending_facility = f[3];
    out->receiving_application = f[4];
    out->receiving_facility = f[5];
    out->message_code = first_component(&delimiters, f[8]);
    out->trigger = ho_bytes_trim(ho_hl7_part(f[8], delimiters.component, 2));
    struct ho_bytes id = ho_bytes_trim(f[9]);
    out->control_id = id.n && !ho_hl7_is_null(id) ? f[9] : (struct ho_bytes){0};
    out->processing_id = first_component(&delimiters, f[10]);
    out->version = first_component(&delimiters, f[11]);
    out->accept = condition_of(f[14]);
    out->application = condition_of(f[15]);
    out->character_set = f[17];
    out->enhanced = out->accept != HO_ACK_UNSET || out->application != HO_ACK_UNSET;
    out->fault = fault_of(out);
}

enum ho_ack_outcome ho_ack_outcome_of(const struct ho_ack_request *request)
{
    switch (request->fault) {
    case HO_ACK_FAULT_NONE:
        return HO_ACK_STORED;
    case HO_ACK_FAULT_NO_MSH:
    case HO_ACK_FAULT_NO_CONTROL_ID:
        return HO_ACK_UNREADABLE;
    default:
        return HO_ACK_NOT_OURS;
    }
}

enum ho_ack_outcome ho_ack_treat(enum ho_ack_outcome outcome, enum ho_other_messages others)
{
    static const enum ho_ack_outcome treated[] = {
        [HO_OTHERS_REFUSE] = HO_ACK_NOT_OURS,
        [HO_OTHERS_ACCEPT] = HO_ACK_NOT_KEPT,
        [HO_OTHERS_STORE] = HO_ACK_STORED,
    };
    return outcome == HO_ACK_NOT_OURS ? treated[others] : outcome;
}

// The answers of each outcome, in original and in enhanced mode, and where the bytes go.
static const struct {
    const char *original, *enhanced;
    enum ho_ack_keep keep;
} answers[] = {
    [HO_ACK_STORED] = {"AA", "CA", HO_KEEP_INBOUND},      [HO_ACK_NOT_OURS] = {"AR", "CR", HO_KEEP_NONE},
    [HO_ACK_UNREADABLE] = {"AE", "CE", HO_KEEP_REJECTED}, [HO_ACK_TOO_LONG] = {"AE", "CE", HO_KEEP_REJECTED},
    [HO_ACK_NOT_KEPT] = {"AA", "CA", HO_KEEP_NONE},       [HO_ACK_NOT_ALLOWED] = {"AR", "CR", HO_KEEP_NONE},
    [HO_ACK_BROKER_AWAY] = {"AR", "CE", HO_KEEP_NONE},
};

static bool allows(enum ho_ack_condition condition, bool positive)
{
    return condition == HO_ACK_ALWAYS || condition == (positive ? HO_ACK_ON_SUCCESS : HO_ACK_ON_ERROR);
}

void ho_ack_decide(const struct ho_ack_request *request, enum ho_ack_outcome outcome, struct ho_ack_decision *out)
{
    bool positive = answers[outcome].original[1] == 'A';
    *out = (struct ho_ack_decision){.keep = answers[outcome].keep};
    if (request->enhanced && allows(request->accept, positive)) {
        out->code = answers[outcome].enhanced;
        out->application_ack = positive && allows(request->application, true);
    } else if (!request->enhanced || allows(request->application, positive)) {
        out->code = answers[outcome].original;
    }
    out->must_close_at_shutdown = outcome == HO_ACK_BROKER_AWAY && !out->code;
}

struct writer {
    struct ho_arena *arena;
    const struct ho_ack_request *request;
    struct {
        uint8_t *items;
        size_t n, capacity;
    } text;
};

static void put(struct writer *w, struct ho_bytes bytes)
{
    size_t need = w->text.n + bytes.n;
    if (need > w->text.capacity) {
        size_t capacity = need < 256 ? 512 : need * 2;
        uint8_t *more = ho_arena_alloc(w->arena, capacity);
        if (w->text.n)
            memcpy(more, w->text.items, w->text.n);
        w->text.items = more;
        w->text.capacity = capacity;
    }
    if (bytes.n)
        memcpy(w->text.items + w->text.n, bytes.p, bytes.n);
    w->text.n = need;
}

// The text of a pattern of our own, in which | and ^ stand for the sender's delimiters. Where the sender has
// no component delimiter, a field ends with its first component.
static void put_pattern(struct writer *w, const char *pattern)
{
    const struct ho_hl7_delimiters *d = &w->request->delimiters;
    bool cut = false;
    for (const char *c = pattern; *c; c++) {
        cut = (cut && *c != '|' && *c != '\r') || (*c == '^' && !d->component);
        uint8_t byte = *c == '|' ? d->field : *c == '^' ? d->component : (uint8_t)*c;
        if (!cut)
            put(w, (struct ho_bytes){&byte, 1});
    }
}

static void put_field(struct writer *w, struct ho_bytes value)
{
    put_pattern(w, "|");
    put(w, value);
}

static void put_msh(struct writer *w, const char *time, const char *control_id)
{
    const struct ho_ack_request *r = w->request;
    put_pattern(w, "MSH");
    put_field(w, r->encoding);
    put_field(w, r->receiving_application);
    put_field(w, r->receiving_facility);
    put_field(w, r->sending_application);
    put_field(w, r->sending_facility);
    put_field(w, ho_bytes_of(time));
    put_pattern(w, "||ACK");
    if (r->trigger.n && r->delimiters.component) {
        put_pattern(w, "^");
        put(w, r->trigger);
        put_pattern(w, "^ACK");
    }
    put_field(w, ho_bytes_of(control_id));
    put_field(w, r->processing_id.n ? r->processing_id : HO_BYTES_LITERAL("P"));
    put_field(w, r->version.n ? r->version : HO_BYTES_LITERAL("2.5.1"));
    if (r->character_set.n) {
        put_pattern(w, "|||||");
        put_field(w, r->character_set);
    }
    put_pattern(w, "\r");
}

// ERR-2 the place, ERR-3 the code of HL7 table 0357, ERR-4 the severity, ERR-8 a word of ours for people.
static const char *error_segment(const struct ho_ack_request *r, enum ho_ack_outcome outcome)
{
    static const char *const by_fault[] = {
        [HO_ACK_FAULT_NONE] = "ERR|||100^Segment sequence error^HL70357|E\r",
        [HO_ACK_FAULT_NO_MSH] = "ERR||MSH^1|100^Segment sequence error^HL70357|E\r",
        [HO_ACK_FAULT_NO_CONTROL_ID] = "ERR||MSH^1^10|101^Required field missing^HL70357|E\r",
        [HO_ACK_FAULT_MESSAGE_TYPE] = "ERR||MSH^1^9|200^Unsupported message type^HL70357|E\r",
        [HO_ACK_FAULT_PROCESSING_ID] = "ERR||MSH^1^11|202^Unsupported processing id^HL70357|E\r",
        [HO_ACK_FAULT_VERSION] = "ERR||MSH^1^12|203^Unsupported version id^HL70357|E\r",
    };
    if (outcome == HO_ACK_TOO_LONG)
        return "ERR|||207^Application error^HL70357|E||||The message is longer than the limit\r";
    if (outcome == HO_ACK_NOT_ALLOWED)
        return "ERR||MSH^1^3|207^Application error^HL70357|E||||This sender needs its own client certificate\r";
    if (outcome == HO_ACK_BROKER_AWAY)
        return "ERR|||207^Application error^HL70357|E||||The message was not stored. Send it again\r";
    return by_fault[r->fault];
}

struct ho_bytes ho_ack_write(struct ho_arena *arena, const struct ho_ack_request *request, enum ho_ack_outcome outcome,
                             const char *code, const char *time, const char *control_id)
{
    struct writer w = {.arena = arena, .request = request};
    put_msh(&w, time, control_id);
    put_pattern(&w, "MSA");
    put_field(&w, ho_bytes_of(code));
    put_field(&w, request->control_id);
    put_pattern(&w, "\r");
    if (code[1] != 'A')
        put_pattern(&w, error_segment(request, outcome));
    return (struct ho_bytes){w.text.items, w.text.n};
}

#include "csv.h"

#include <stdlib.h>

enum state {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_SEEN, // inside a quoted field: its end, or the first half of a doubled mark
    SKIPPING,   // a record that is too long, until its line ends
};

static const uint8_t byte_order_mark[] = {0xEF, 0xBB, 0xBF};

struct ho_csv {
    ho_csv_handler *handler;
    void *context;
    enum state state;
    size_t mark;          // bytes of the byte order mark seen; all of them: no longer looked for
    uint64_t line;        // of the byte in hand
    uint64_t record_line; // where the record in hand began
    bool after_return;    // the last byte was CR
    bool quoted;          // the record holds a quoted field, so it is no empty line
    const char *fault;
    size_t field_start, used, n_fields;
    size_t starts[HO_CSV_FIELDS_MAX], lengths[HO_CSV_FIELDS_MAX];
    struct ho_bytes fields[HO_CSV_FIELDS_MAX];
    uint8_t buffer[HO_CSV_RECORD_BYTES_MAX];
};

struct ho_csv *ho_csv_new(ho_csv_handler *handler, void *context)
{
    struct ho_csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        abort();
    csv->handler = handler;
    csv->context = context;
    csv->line = csv->record_line = 1;
    return csv;
}

void ho_csv_free(struct ho_csv *csv)
{
    free(csv);
}

static void set_fault(struct ho_csv *csv, const char *fault)
{
    if (!csv->fault)
        csv->fault = fault;
}

static void end_field(struct ho_csv *csv)
{
    csv->state = FIELD_START;
    if (csv->n_fields == HO_CSV_FIELDS_MAX) {
        set_fault(csv, "too many columns (the limit is 256)");
        return;
    }
    csv->starts[csv->n_fields] = csv->field_start;
    csv->lengths[csv->n_fields] = csv->used - csv->field_start;
    csv->n_fields++;
    csv->field_start = csv->used;
}

static void end_record(struct ho_csv *csv)
{
    end_field(csv);
    bool empty_line = csv->n_fields == 1 && csv->used == 0 && !csv->quoted && !csv->fault;
    if (!empty_line) {
        for (size_t i = 0; i < csv->n_fields; i++)
            csv->fields[i] = ho_bytes_from(csv->buffer + csv->starts[i], csv->lengths[i]);
        const struct ho_csv_record record = {csv->record_line, csv->fields, csv->n_fields, csv->fault};
        csv->handler(csv->context, &record);
    }
    csv->used = csv->field_start = csv->n_fields = 0;
    csv->quoted = false;
    csv->fault = NULL;
    csv->record_line = csv->line;
}

static void add(struct ho_csv *csv, uint8_t byte, enum state next)
{
    if (csv->used == HO_CSV_RECORD_BYTES_MAX) {
        set_fault(csv, "longer than 64 KiB; a quotation mark may not be closed");
        csv->state = SKIPPING;
        return;
    }
    csv->buffer[csv->used++] = byte;
    csv->state = next;
}

// A byte outside quotation marks that may end the field or the record. False where it does neither.
static bool ends(struct ho_csv *csv, uint8_t byte)
{
    if (byte == ',') {
        end_field(csv);
        return true;
    }
    if (byte == '\n' || byte == '\r') {
        end_record(csv);
        return true;
    }
    return false;
}

static void open_field(struct ho_csv *csv, uint8_t byte)
{
    if (byte == '"') {
        csv->quoted = true;
        csv->state = QUOTED;
    } else {
        add(csv, byte, PLAIN);
    }
}

static void take(struct ho_csv *csv, uint8_t byte)
{
    switch (csv->state) {
    case FIELD_START:
        if (!ends(csv, byte))
            open_field(csv, byte);
        break;
    case PLAIN:
        if (ends(csv, byte))
            break;
        if (byte == '"')
            set_fault(csv, "a quotation mark inside a field that does not begin with one");
        add(csv, byte, PLAIN);
        break;
    case QUOTED:
        if (byte == '"')
            csv->state = QUOTE_SEEN;
        else
            add(csv, byte, QUOTED);
        break;
    case QUOTE_SEEN:
        if (byte == '"') {
            add(csv, byte, QUOTED);
        } else if (!ends(csv, byte)) {
            set_fault(csv, "text after a closing quotation mark");
            add(csv, byte, PLAIN);
        }
        break;
    case SKIPPING:
        if (byte == '\n' || byte == '\r')
            end_record(csv);
        break;
    }
}

static void step(struct ho_csv *csv, uint8_t byte)
{
    bool second_half = byte == '\n' && csv->after_return;
    csv->after_return = byte == '\r';
    if (!second_half && (byte == '\n' || byte == '\r'))
        csv->line++;
    if (!second_half || csv->state == QUOTED)
        take(csv, byte);
}

// Gives back what looked like the beginning of a byte order mark.
static void release_mark(struct ho_csv *csv)
{
    size_t n = csv->mark;
    csv->mark = sizeof byte_order_mark;
    for (size_t i = 0; i < n && n < sizeof byte_order_mark; i++)
        step(csv, byte_order_mark[i]);
}

void ho_csv_feed(struct ho_csv *csv, struct ho_bytes bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        if (csv->mark < sizeof byte_order_mark) {
            if (bytes.p[i] == byte_order_mark[csv->mark]) {
                csv->mark++;
                continue;
            }
            release_mark(csv);
        }
        step(csv, bytes.p[i]);
    }
}

void ho_csv_end(struct ho_csv *csv)
{
    release_mark(csv);
    if (csv->state == QUOTED)
        set_fault(csv, "a quotation mark is not closed");
    if (csv->state != FIELD_START || csv->n_fields)
        end_record(csv);
    csv->state = FIELD_START;
}

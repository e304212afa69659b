// Parameters and results in PostgreSQL's binary form: numbers in network order, arrays with their header
// (the functions *_send and *_recv of the server, src/backend/utils/adt/).
#include "pg_internal.h"

#include "handoff/time.h"

#include <assert.h>
#include <string.h>

enum {
    ARRAY_HEADER_BYTES = 20, // dimensions, has NULLs, element type, length, lower bound
    ARRAY_EMPTY_BYTES = 12,  // the first three
    ARRAY_FIRST_CAPACITY = 256,
    NULL_LENGTH = -1,
};

// PostgreSQL counts from 2000-01-01.
static const int64_t PG_EPOCH_US = INT64_C(946684800) * HO_US_PER_SECOND;
static const int32_t PG_EPOCH_DAYS = 10957;

// An array's bytes grow in the arena; the header is written when it becomes a parameter.
struct ho_pg_array {
    struct ho_arena *arena;
    enum ho_pg_type type;
    uint8_t *bytes;
    size_t used, capacity;
    size_t length;
    bool has_null;
};

static const struct {
    unsigned scalar, array;
} type_oids[] = {
    [HO_PG_TEXT] = {PG_OID_TEXT, PG_OID_TEXT_ARRAY},    [HO_PG_INT4] = {PG_OID_INT4, PG_OID_INT4_ARRAY},
    [HO_PG_INT8] = {PG_OID_INT8, PG_OID_INT8_ARRAY},    [HO_PG_BOOL] = {PG_OID_BOOL, PG_OID_BOOL_ARRAY},
    [HO_PG_BYTEA] = {PG_OID_BYTEA, PG_OID_BYTEA_ARRAY}, [HO_PG_TIME] = {PG_OID_TIMESTAMPTZ, PG_OID_TIMESTAMPTZ_ARRAY},
};

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put_u64(uint8_t *to, uint64_t value)
{
    put_u32(to, (uint32_t)(value >> 32));
    put_u32(to + 4, (uint32_t)value);
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static uint64_t get_u64(const uint8_t *from)
{
    return (uint64_t)get_u32(from) << 32 | get_u32(from + 4);
}

// ---- Scalars -----------------------------------------------------------------------------------------

struct ho_pg_params *ho_pg_params_new(struct ho_arena *arena)
{
    struct ho_pg_params *params = ho_arena_alloc(arena, sizeof *params);
    params->arena = arena;
    return params;
}

static void params_add(struct ho_pg_params *params, struct ho_pg_param param)
{
    assert(params->n < PG_MAX_PARAMS);
    struct ho_pg_param *item = ho_arena_push(params->arena, params, sizeof *item);
    *item = param;
}

// The type is left to the statement, so that text goes into a date or jsonb column as it is.
void ho_pg_text(struct ho_pg_params *params, const char *value_or_null)
{
    struct ho_pg_param param = {.type = PG_OID_INFERRED};
    if (value_or_null) {
        struct ho_bytes value = ho_bytes_of(value_or_null);
        uint8_t *copy = ho_arena_alloc(params->arena, value.n + 1);
        memcpy(copy, value.p, value.n);
        param.p = copy;
        param.n = value.n;
    }
    params_add(params, param);
}

static void params_add_u64(struct ho_pg_params *params, unsigned type, uint64_t value)
{
    uint8_t *p = ho_arena_alloc(params->arena, 8);
    put_u64(p, value);
    params_add(params, (struct ho_pg_param){.type = type, .p = p, .n = 8, .binary = true});
}

void ho_pg_int(struct ho_pg_params *params, int64_t value)
{
    params_add_u64(params, PG_OID_INT8, (uint64_t)value);
}

void ho_pg_time(struct ho_pg_params *params, int64_t instant)
{
    if (instant)
        params_add_u64(params, PG_OID_TIMESTAMPTZ, (uint64_t)(instant - PG_EPOCH_US));
    else
        params_add(params, (struct ho_pg_param){.type = PG_OID_TIMESTAMPTZ, .binary = true});
}

void ho_pg_bool(struct ho_pg_params *params, bool value)
{
    uint8_t *p = ho_arena_alloc(params->arena, 1);
    *p = value;
    params_add(params, (struct ho_pg_param){.type = PG_OID_BOOL, .p = p, .n = 1, .binary = true});
}

void ho_pg_bytea(struct ho_pg_params *params, struct ho_bytes value)
{
    struct ho_bytes copy = ho_arena_copy(params->arena, value);
    params_add(params, (struct ho_pg_param){.type = PG_OID_BYTEA, .p = copy.p, .n = copy.n, .binary = true});
}

// ---- Arrays ------------------------------------------------------------------------------------------

struct ho_pg_array *ho_pg_array_new(struct ho_arena *arena, enum ho_pg_type type)
{
    struct ho_pg_array *array = ho_arena_alloc(arena, sizeof *array);
    array->arena = arena;
    array->type = type;
    array->capacity = ARRAY_FIRST_CAPACITY;
    array->bytes = ho_arena_alloc(arena, array->capacity);
    array->used = ARRAY_HEADER_BYTES;
    return array;
}

// Room for one more element of n bytes behind its length; returns where they go.
static uint8_t *array_extend(struct ho_pg_array *array, size_t n, uint32_t length)
{
    size_t needed = array->used + 4 + n;
    if (needed > array->capacity) {
        size_t capacity = needed > array->capacity * 2 ? needed : array->capacity * 2;
        uint8_t *bytes = ho_arena_alloc(array->arena, capacity);
        memcpy(bytes, array->bytes, array->used);
        array->bytes = bytes;
        array->capacity = capacity;
    }
    put_u32(array->bytes + array->used, length);
    uint8_t *place = array->bytes + array->used + 4;
    array->used = needed;
    array->length++;
    return place;
}

void ho_pg_push_bytes(struct ho_pg_array *array, struct ho_bytes value)
{
    assert(array->type == HO_PG_TEXT || array->type == HO_PG_BYTEA);
    uint8_t *place = array_extend(array, value.n, (uint32_t)value.n);
    if (value.n)
        memcpy(place, value.p, value.n);
}

void ho_pg_push_text(struct ho_pg_array *array, const char *value_or_null)
{
    if (value_or_null)
        ho_pg_push_bytes(array, ho_bytes_of(value_or_null));
    else
        ho_pg_push_null(array);
}

void ho_pg_push_int(struct ho_pg_array *array, int64_t value)
{
    switch (array->type) {
    case HO_PG_BOOL:
        *array_extend(array, 1, 1) = value != 0;
        break;
    case HO_PG_INT4:
        assert(value >= INT32_MIN && value <= INT32_MAX);
        put_u32(array_extend(array, 4, 4), (uint32_t)value);
        break;
    case HO_PG_INT8:
        put_u64(array_extend(array, 8, 8), (uint64_t)value);
        break;
    case HO_PG_TIME:
        if (value)
            put_u64(array_extend(array, 8, 8), (uint64_t)(value - PG_EPOCH_US));
        else
            ho_pg_push_null(array);
        break;
    case HO_PG_TEXT:
    case HO_PG_BYTEA:
        assert(false); // an array of text or bytea takes no numbers
    }
}

void ho_pg_push_null(struct ho_pg_array *array)
{
    array_extend(array, 0, (uint32_t)NULL_LENGTH);
    array->has_null = true;
}

size_t ho_pg_array_length(const struct ho_pg_array *array)
{
    return array->length;
}

void ho_pg_param_array(struct ho_pg_params *params, const struct ho_pg_array *array)
{
    put_u32(array->bytes, array->length ? 1 : 0);
    put_u32(array->bytes + 4, array->has_null);
    put_u32(array->bytes + 8, type_oids[array->type].scalar);
    put_u32(array->bytes + 12, (uint32_t)array->length);
    put_u32(array->bytes + 16, 1);
    params_add(params, (struct ho_pg_param){.type = type_oids[array->type].array,
                                            .p = array->bytes,
                                            .n = array->length ? array->used : ARRAY_EMPTY_BYTES,
                                            .binary = true});
}

// ---- Results -----------------------------------------------------------------------------------------

bool ho_pg_is_null(const struct ho_pg_result *result, int row, int column)
{
    return !ho_pg_result_cell(result, row, column).p;
}

static bool is_textual(unsigned type)
{
    switch (type) {
    case PG_OID_BYTEA:
    case PG_OID_CHAR:
    case PG_OID_NAME:
    case PG_OID_TEXT:
    case PG_OID_JSON:
    case PG_OID_JSONB:
    case PG_OID_UNKNOWN:
    case PG_OID_BPCHAR:
    case PG_OID_VARCHAR:
        return true;
    default:
        return false;
    }
}

struct ho_bytes ho_pg_get_bytes(const struct ho_pg_result *result, int row, int column)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    assert(is_textual(cell.type));
    size_t version = cell.type == PG_OID_JSONB && cell.n ? 1 : 0; // jsonb_send puts a version before the text
    return cell.p ? ho_bytes_from(cell.p + version, cell.n - version) : ho_bytes_from(NULL, 0);
}

const char *ho_pg_get_text(const struct ho_pg_result *result, int row, int column)
{
    struct ho_bytes value = ho_pg_get_bytes(result, row, column);
    return value.p ? (const char *)value.p : "";
}

int64_t ho_pg_get_int(const struct ho_pg_result *result, int row, int column)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    bool known = cell.type == PG_OID_BOOL || cell.type == PG_OID_INT2 || cell.type == PG_OID_INT4 ||
                 cell.type == PG_OID_INT8 || cell.type == PG_OID_OID;
    assert(known);
    if (!cell.p || !known)
        return 0;
    switch (cell.type) {
    case PG_OID_BOOL:
        return cell.p[0];
    case PG_OID_INT2:
        return (int16_t)(cell.p[0] << 8 | cell.p[1]);
    case PG_OID_INT8:
        return (int64_t)get_u64(cell.p);
    case PG_OID_OID:
        return get_u32(cell.p);
    default:
        return (int32_t)get_u32(cell.p);
    }
}

double ho_pg_get_double(const struct ho_pg_result *result, int row, int column)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    if (cell.type == PG_OID_FLOAT8 && cell.p) {
        double value;
        memcpy(&value, &(uint64_t){get_u64(cell.p)}, sizeof value);
        return value;
    }
    if (cell.type == PG_OID_FLOAT4 && cell.p) {
        float value;
        memcpy(&value, &(uint32_t){get_u32(cell.p)}, sizeof value);
        return (double)value;
    }
    return cell.p ? (double)ho_pg_get_int(result, row, column) : 0;
}

uint32_t ho_pg_get_date(const struct ho_pg_result *result, int row, int column)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    assert(cell.type == PG_OID_DATE);
    if (!cell.p)
        return 0;
    int32_t days = (int32_t)get_u32(cell.p);
    if (days == INT32_MAX)
        return 99991231;
    if (days == INT32_MIN)
        return 10101;
    return ho_days_to_date(days + PG_EPOCH_DAYS);
}

int64_t ho_pg_get_time(const struct ho_pg_result *result, int row, int column)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    assert(cell.type == PG_OID_TIMESTAMPTZ);
    if (!cell.p)
        return 0;
    int64_t since_2000 = (int64_t)get_u64(cell.p);
    if (since_2000 == INT64_MAX || since_2000 == INT64_MIN)
        return since_2000;
    return since_2000 + PG_EPOCH_US;
}

size_t ho_pg_get_array(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena,
                       struct ho_bytes **out)
{
    struct ho_pg_cell cell = ho_pg_result_cell(result, row, column);
    assert(cell.type == PG_OID_TEXT_ARRAY || cell.type == PG_OID_BYTEA_ARRAY);
    *out = NULL;
    if (!cell.p || cell.n < ARRAY_HEADER_BYTES || get_u32(cell.p) != 1)
        return 0;
    size_t length = get_u32(cell.p + 12), at = ARRAY_HEADER_BYTES;
    *out = ho_arena_array(arena, length, sizeof **out);
    for (size_t i = 0; i < length; i++) {
        assert(at + 4 <= cell.n);
        int32_t n = (int32_t)get_u32(cell.p + at);
        at += 4;
        if (n == NULL_LENGTH)
            continue;
        assert(n >= 0 && (size_t)n <= cell.n - at);
        (*out)[i] = ho_bytes_from(cell.p + at, (size_t)n);
        at += (size_t)n;
    }
    return length;
}

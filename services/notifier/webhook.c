#include "webhook.h"

#include "handoff/digest.h"
#include "handoff/time.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

static const char prefix[] = "whsec_";

// EVP counts the padding as bytes; the text says how much of it there is.
static bool decode(struct ho_bytes text, uint8_t *out, size_t room, size_t *n)
{
    if (text.n == 0 || text.n % 4 || text.n / 4 * 3 > room)
        return false;
    int decoded = EVP_DecodeBlock(out, text.p, (int)text.n);
    if (decoded < 0)
        return false;
    size_t padding = (text.p[text.n - 1] == '=') + (size_t)(text.p[text.n - 2] == '=');
    *n = (size_t)decoded - padding;
    return true;
}

enum ho_status ho_webhook_secret_read(struct ho_bytes text, struct ho_webhook_secret *out, struct ho_error *error)
{
    uint8_t bytes[HO_WEBHOOK_SECRET_BYTES_MAX + 3];
    size_t n = 0;
    text = ho_bytes_trim(text);
    bool named = text.n > strlen(prefix) && memcmp(text.p, prefix, strlen(prefix)) == 0;
    if (named)
        text = ho_bytes_from(text.p + strlen(prefix), text.n - strlen(prefix));
    if (!named || !decode(text, bytes, sizeof bytes, &n) || n < HO_WEBHOOK_SECRET_BYTES_MIN ||
        n > HO_WEBHOOK_SECRET_BYTES_MAX)
        return ho_fail(error, HO_REJECT, "holds no secret: it is whsec_ and 24 to 64 bytes in base64");
    memcpy(out->bytes, bytes, n);
    out->n = n;
    return HO_OK;
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        abort();
}

// Text that is not UTF-8 has no place in JSON.
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string("");
}

static json_t *hex_of(ProtobufCBinaryData id)
{
    char hex[2 * HO_ID_BYTES + 1] = "";
    if (id.len == HO_ID_BYTES)
        ho_hex(id.data, id.len, hex);
    return json_string(hex);
}

static json_t *roles_of(const ho_notice *notice)
{
    json_t *roles = json_array();
    for (size_t i = 0; i < notice->n_roles; i++)
        if (json_array_append_new(roles, text_of(notice->roles[i])) != 0)
            abort();
    return roles;
}

struct ho_bytes ho_webhook_body(struct ho_arena *arena, const ho_notice *notice)
{
    char occurred[HO_TIME_TEXT_BYTES] = "", due[HO_TIME_TEXT_BYTES] = "";
    json_t *object = json_object();
    if (notice->occurred)
        ho_time_format(notice->occurred, NULL, occurred);
    set(object, "key", hex_of(notice->key));
    set(object, "name", text_of(notice->name));
    set(object, "title", text_of(notice->title));
    set(object, "member_id", text_of(notice->member_id));
    set(object, "from", text_of(notice->from));
    set(object, "to", text_of(notice->to));
    set(object, "occurred", json_string(occurred));
    set(object, "facility", text_of(notice->facility));
    if (notice->part2 && !*notice->facility)
        set(object, "withheld", json_string("part2"));
    if (notice->task[0]) {
        ho_time_format(notice->due, NULL, due);
        set(object, "task", text_of(notice->task));
        set(object, "due", json_string(due));
        set(object, "roles", roles_of(notice));
    }
    set(object, "correction", json_boolean(notice->correction));
    if (notice->correction)
        set(object, "corrects", hex_of(notice->corrects));
    char *text = json_dumps(object, JSON_COMPACT);
    if (!text)
        abort();
    struct ho_bytes body = ho_arena_copy(arena, ho_bytes_of(text));
    free(text);
    json_decref(object);
    return body;
}

const char *ho_webhook_sign(struct ho_arena *arena, const struct ho_webhook_secret *secret, const char *id,
                            int64_t timestamp_s, struct ho_bytes body)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    char text[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
    struct ho_bytes head = ho_bytes_of(ho_arena_printf(arena, "%s.%" PRId64 ".", id, timestamp_s));
    uint8_t *content = ho_arena_alloc(arena, head.n + body.n);
    memcpy(content, head.p, head.n);
    if (body.n)
        memcpy(content + head.n, body.p, body.n);
    if (!HMAC(EVP_sha256(), secret->bytes, (int)secret->n, content, head.n + body.n, mac, &n))
        abort();
    EVP_EncodeBlock((unsigned char *)text, mac, (int)n);
    return ho_arena_printf(arena, "v1,%s", text);
}

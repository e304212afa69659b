// Calls signed as Standard Webhooks, and where they may go.
#include "../support/unit.h"

#include <arpa/inet.h>
#include <jansson.h>

#include "handoff/platform/http_client.h"
#include "notifier/webhook.h"

static const char secret_text[] = "whsec_aGFuZG9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZXMgb2s=";

static int set_up(void **state)
{
    *state = ho_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    ho_arena_free(*state);
    return 0;
}

// The wanted value was made by `openssl dgst -sha256 -mac HMAC` over id, timestamp and body.
static void the_signature_is_that_of_openssl(void **state)
{
    struct ho_webhook_secret secret;
    struct ho_error error;
    assert_int_equal(ho_webhook_secret_read(ho_bytes_of(secret_text), &secret, &error), HO_OK);
    assert_int_equal(secret.n, 32);
    assert_memory_equal(secret.bytes, "handoff test secret, 32 bytes ok", 32);
    const char *signature =
        ho_webhook_sign(*state, &secret, "0011223344556677.webhook", 1764000000, HO_BYTES_LITERAL("{\"key\":\"a\"}"));
    assert_string_equal(signature, "v1,/qetlxRE6nn9ABbAY56lPYTQ18gCkqNm6eDl/754+iM=");
}

static void a_signature_depends_on_every_part(void **state)
{
    struct ho_webhook_secret secret = {.bytes = "0123456789abcdef0123456789abcdef", .n = 32}, other = secret;
    other.bytes[31] ^= 1;
    struct ho_bytes body = HO_BYTES_LITERAL("{}");
    const char *plain = ho_webhook_sign(*state, &secret, "a", 1, body);
    assert_string_not_equal(plain, ho_webhook_sign(*state, &other, "a", 1, body));
    assert_string_not_equal(plain, ho_webhook_sign(*state, &secret, "b", 1, body));
    assert_string_not_equal(plain, ho_webhook_sign(*state, &secret, "a", 2, body));
    assert_string_not_equal(plain, ho_webhook_sign(*state, &secret, "a", 1, HO_BYTES_LITERAL("{ }")));
    assert_string_equal(plain, ho_webhook_sign(*state, &secret, "a", 1, body));
}

static void only_a_whole_secret_is_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "whsec_",
        "aGFuZG9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZXMgb2s=",
        "whsec_c2hvcnQ=",                               // 5 bytes
        "whsec_aGFuZG9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZX", // cut
        "whsec_****G9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZXMgb2s=",
    };
    struct ho_webhook_secret secret;
    struct ho_error error;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(ho_webhook_secret_read(ho_bytes_of(wrong[i]), &secret, &error), HO_REJECT);
    char padded[sizeof secret_text + 8];
    snprintf(padded, sizeof padded, "  %s\r\n", secret_text);
    assert_int_equal(ho_webhook_secret_read(ho_bytes_of(padded), &secret, &error), HO_OK);
}

static void a_secret_has_24_to_64_bytes(void **state)
{
    (void)state;
    struct ho_webhook_secret secret;
    struct ho_error error;
    char text[128];
    for (int quads = 1; quads <= 30; quads++) {
        int n = snprintf(text, sizeof text, "whsec_");
        for (int i = 0; i < quads; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "AAAA");
        bool fits = quads * 3 >= HO_WEBHOOK_SECRET_BYTES_MIN && quads * 3 <= HO_WEBHOOK_SECRET_BYTES_MAX;
        assert_int_equal(ho_webhook_secret_read(ho_bytes_of(text), &secret, &error) == HO_OK, fits);
    }
}

static void the_body_tells_the_notice(void **state)
{
    uint8_t key[HO_ID_BYTES] = {0xAB, 1}, corrects[HO_ID_BYTES] = {0xCD};
    char member[] = "M1", name[] = "discharge-notice", title[] = "Discharged \"home\"", from[] = "inpatient",
         to[] = "home", facility[] = "St. \xC3\x89milie";
    ho_notice notice = HANDOFF__V1__NOTICE__INIT;
    notice.key = (ProtobufCBinaryData){sizeof key, key};
    notice.member_id = member;
    notice.name = name;
    notice.title = title;
    notice.from = from;
    notice.to = to;
    notice.facility = facility;
    notice.occurred = INT64_C(1764000000000000);
    struct ho_bytes body = ho_webhook_body(*state, &notice);
    assert_bytes(body,
                 "{\"key\":\"ab010000000000000000000000000000\",\"name\":\"discharge-notice\",\"title\":\"Discharged "
                 "\\\"home\\\"\","
                 "\"member_id\":\"M1\",\"from\":\"inpatient\",\"to\":\"home\",\"occurred\":\"2025-11-24T16:00:00Z\","
                 "\"facility\":\"St. \xC3\x89milie\",\"correction\":false}");
    notice.correction = true;
    notice.corrects = (ProtobufCBinaryData){sizeof corrects, corrects};
    body = ho_webhook_body(*state, &notice);
    json_t *object = json_loadb((const char *)body.p, body.n, 0, NULL);
    assert_true(json_is_true(json_object_get(object, "correction")));
    assert_string_equal(json_string_value(json_object_get(object, "corrects")), "cd000000000000000000000000000000");
    json_decref(object);
}

static void the_body_of_a_reminder_tells_task_due_and_roles(void **state)
{
    char task[] = "contact-after-discharge", role[] = "supervisor";
    char *roles[] = {role};
    ho_notice notice = HANDOFF__V1__NOTICE__INIT;
    notice.task = task;
    notice.due = INT64_C(1764000000000000);
    notice.roles = roles;
    notice.n_roles = 1;
    struct ho_bytes body = ho_webhook_body(*state, &notice);
    json_t *object = json_loadb((const char *)body.p, body.n, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(object, "task")), task);
    assert_string_equal(json_string_value(json_object_get(object, "due")), "2025-11-24T16:00:00Z");
    assert_int_equal(json_array_size(json_object_get(object, "roles")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(object, "roles"), 0)), role);
    json_decref(object);
}

static void text_that_is_not_utf8_makes_no_bad_json(void **state)
{
    char wrong[] = "\xFF\xFE";
    ho_notice notice = HANDOFF__V1__NOTICE__INIT;
    notice.title = wrong;
    struct ho_bytes body = ho_webhook_body(*state, &notice);
    json_t *object = json_loadb((const char *)body.p, body.n, 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "title")), "");
    json_decref(object);
}

// ---- Where calls may go ----------------------------------------------------------------------------

static bool is_private(const char *text)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    if (strchr(text, ':')) {
        address.v6.sin6_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
    } else {
        address.v4.sin_family = AF_INET;
        assert_int_equal(inet_pton(AF_INET, text, &address.v4.sin_addr), 1);
    }
    return ho_address_is_private(&address.any);
}

static void private_addresses_are_known(void **state)
{
    (void)state;
    static const char *const closed[] = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "::ffff:169.254.1.1",
        "fec0::1",
    };
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (!is_private(closed[i]))
            fail_msg("%s counts as public", closed[i]);
}

static void public_addresses_are_known(void **state)
{
    (void)state;
    static const char *const open[] = {"1.1.1.1",         "9.255.255.255",  "11.0.0.1",         "172.15.255.255",
                                       "172.32.0.1",      "192.167.1.1",    "100.63.1.1",       "100.128.0.1",
                                       "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"};
    for (size_t i = 0; i < COUNT_OF(open); i++)
        if (is_private(open[i]))
            fail_msg("%s counts as private", open[i]);
}

static void urls_need_a_known_scheme_and_no_password(void **state)
{
    (void)state;
    char host[64];
    assert_true(ho_url_host("https://partner.example:8443/hook?x=1", "https", host, sizeof host));
    assert_string_equal(host, "partner.example");
    assert_true(ho_url_host("smtp://mail.example:25", "smtp,smtps", host, sizeof host));
    assert_true(ho_url_host("http://127.0.0.1/", "https,http", host, sizeof host));
    assert_false(ho_url_host("http://partner.example/", "https", host, sizeof host));
    assert_false(ho_url_host("https://user:password@partner.example/", "https", host, sizeof host));
    assert_false(ho_url_host("https://user@partner.example/", "https", host, sizeof host));
    assert_false(ho_url_host("file:///etc/passwd", "https,http", host, sizeof host));
    assert_false(ho_url_host("partner.example", "https", host, sizeof host));
    assert_false(ho_url_host("https://partner.example/", "https", host, 4));
    assert_false(ho_url_host("", "https", host, sizeof host));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_signature_is_that_of_openssl),
        WITH_ARENA(a_signature_depends_on_every_part),
        cmocka_unit_test(only_a_whole_secret_is_taken),
        cmocka_unit_test(a_secret_has_24_to_64_bytes),
        WITH_ARENA(the_body_tells_the_notice),
        WITH_ARENA(the_body_of_a_reminder_tells_task_due_and_roles),
        WITH_ARENA(text_that_is_not_utf8_makes_no_bad_json),
        cmocka_unit_test(private_addresses_are_known),
        cmocka_unit_test(public_addresses_are_known),
        cmocka_unit_test(urls_need_a_known_scheme_and_no_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

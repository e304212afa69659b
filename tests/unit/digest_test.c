#include "../support/unit.h"

#include "handoff/digest.h"

static void the_digest_is_sha_256(void **state)
{
    (void)state;
    // FIPS 180-4's example.
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    uint8_t out[32];
    char hex[65];
    ho_digest(&HO_BYTES_LITERAL("abc"), 1, out);
    ho_hex(out, 32, hex);
    assert_string_equal(hex, abc);
    ho_digest(NULL, 0, out);
    ho_hex(out, 32, hex);
    assert_string_equal(hex, nothing);
}

static void parts_are_joined_by_a_zero_byte(void **state)
{
    (void)state;
    const struct ho_bytes parts[] = {HO_BYTES_LITERAL("feed"), {0}, HO_BYTES_LITERAL("message")};
    const struct ho_bytes whole = HO_BYTES_LITERAL("feed\0\0message");
    uint8_t a[32], b[32];
    ho_digest(parts, 3, a);
    ho_digest(&whole, 1, b);
    assert_memory_equal(a, b, 32);
}

static void an_id_is_the_digests_first_half(void **state)
{
    (void)state;
    uint8_t whole[32], id[16];
    ho_digest(&HO_BYTES_LITERAL("abc"), 1, whole);
    ho_digest_id(&HO_BYTES_LITERAL("abc"), 1, id);
    assert_memory_equal(whole, id, 16);
}

static void hexadecimal_goes_there_and_back(void **state)
{
    (void)state;
    uint8_t all[256], back[256];
    char text[513];
    for (size_t i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    ho_hex(all, 256, text);
    assert_int_equal(strlen(text), 512);
    assert_true(ho_unhex(ho_bytes_of(text), back, 256));
    assert_memory_equal(all, back, 256);
}

static void only_exact_lower_case_hexadecimal_is_read(void **state)
{
    (void)state;
    uint8_t out[2];
    static const char *const wrong[] = {"", "0a1", "0a1b2", "0A1B", "0a1g", "0x1b", " a1b"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(ho_unhex(ho_bytes_of(wrong[i]), out, 2));
    assert_true(ho_unhex(ho_bytes_of("0a1b"), out, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_sha_256),
        cmocka_unit_test(parts_are_joined_by_a_zero_byte),
        cmocka_unit_test(an_id_is_the_digests_first_half),
        cmocka_unit_test(hexadecimal_goes_there_and_back),
        cmocka_unit_test(only_exact_lower_case_hexadecimal_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

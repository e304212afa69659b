// What every cmocka test includes, in the order that cmocka wants.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "handoff/bytes.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

// The view holds exactly this text.
#define assert_bytes(view, text)                                                                                       \
    do {                                                                                                               \
        struct ho_bytes view_ = (view);                                                                                \
        assert_int_equal(view_.n, strlen(text));                                                                       \
        if (view_.n)                                                                                                   \
            assert_memory_equal(view_.p, text, view_.n);                                                               \
    } while (0)

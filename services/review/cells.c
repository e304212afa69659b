#include "cells.h"

#include <stdio.h>

json_t *ho_json_text(struct ho_bytes text)
{
    json_t *json = json_stringn((const char *)text.p, text.n);
    return json ? json : json_string("\xEF\xBF\xBD"); // not UTF-8, which the database does not hold
}

json_t *ho_json_instant(int64_t instant)
{
    char text[HO_TIME_TEXT_BYTES];
    return instant ? json_string(ho_time_format(instant, NULL, text)) : json_null();
}

json_t *ho_json_date(int64_t date)
{
    char text[16];
    if (date <= 0 || date > 99991231)
        return json_null();
    snprintf(text, sizeof text, "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
    return json_string(text);
}

json_t *ho_json_cell_text(const struct ho_pg_result *result, int row, int column)
{
    return ho_json_text(ho_pg_get_bytes(result, row, column));
}

json_t *ho_json_cell_instant(const struct ho_pg_result *result, int row, int column)
{
    return ho_json_instant(ho_pg_get_time(result, row, column));
}

json_t *ho_json_cell_texts(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena)
{
    struct ho_bytes *items;
    size_t n = ho_pg_get_array(result, row, column, arena, &items);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, ho_json_text(items[i]));
    return list;
}

json_t *ho_json_cell_parsed(const struct ho_pg_result *result, int row, int column)
{
    struct ho_bytes text = ho_pg_get_bytes(result, row, column);
    json_t *json = json_loadb((const char *)text.p, text.n, JSON_DECODE_ANY, NULL);
    return json ? json : json_null();
}

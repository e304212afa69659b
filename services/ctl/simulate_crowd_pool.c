#include "simulate_crowd_pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint32_t count_words(const char *text)
{
    uint32_t n = 1;
    for (; *text; text++)
        n += *text == ' ';
    return n;
}

static void split(struct ho_crowd_pool *pool, uint32_t head)
{
    char *p = pool->text;
    for (uint32_t i = 0; i < pool->n; i++) {
        pool->words[i] = p;
        for (; *p && *p != ' '; p++)
            if (*p == '_')
                *p = ' ';
        *p++ = '\0';
        pool->sum += 10000000 / (10 * i + head);
        pool->upto[i] = pool->sum;
    }
}

enum ho_status ho_crowd_pool_init(struct ho_crowd_pool *pool, const char *text, uint32_t head, struct ho_error *error)
{
    *pool = (struct ho_crowd_pool){.n = 0};
    if (!text)
        return HO_OK;
    size_t size = strlen(text) + 1;
    uint32_t n = count_words(text);
    pool->text = malloc(size);
    pool->words = calloc(n, sizeof *pool->words);
    pool->upto = calloc(n, sizeof *pool->upto);
    if (!pool->text || !pool->words || !pool->upto)
        return ho_fail(error, HO_FATAL, "not enough memory for the word lists.");
    memcpy(pool->text, text, size);
    pool->n = n;
    split(pool, head);
    return HO_OK;
}

void ho_crowd_pool_cleanup(struct ho_crowd_pool *pool)
{
    free(pool->text);
    free((void *)pool->words);
    free(pool->upto);
}

uint32_t ho_crowd_pool_draw(const struct ho_crowd_pool *pool, struct ho_sim_random *random)
{
    assert(pool->n > 0);
    uint32_t at = ho_sim_random_below(random, pool->sum);
    uint32_t low = 0, high = pool->n - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (pool->upto[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const char *ho_crowd_pool_word(const struct ho_crowd_pool *pool, struct ho_sim_random *random)
{
    return pool->words[ho_crowd_pool_draw(pool, random)];
}

uint32_t ho_crowd_pool_share(const struct ho_crowd_pool *pool, uint32_t i)
{
    uint32_t weight = pool->upto[i] - (i ? pool->upto[i - 1] : 0);
    return (uint32_t)((uint64_t)weight * 1000000 / pool->sum);
}

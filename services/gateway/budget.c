#include "budget.h"

#include <assert.h>

void budget_charge(struct budget *budget, size_t bytes)
{
    budget->used += bytes;
    if (budget->used >= budget->limit)
        budget->spent = true;
}

bool budget_free(struct budget *budget, size_t bytes)
{
    assert(budget->used >= bytes);
    budget->used -= bytes;
    if (!budget->spent || budget->used > budget->limit / 4 * 3)
        return false;
    budget->spent = false;
    return true;
}

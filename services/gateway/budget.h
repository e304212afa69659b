// One budget of bytes for everything that input makes grow: frames not yet whole, records on their way, answers.
//
// While it is spent, connections that want to read wait in a line, and go on when a quarter has come free. The budget
// may be overrun by what one read of one connection brings.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct budget {
    size_t limit, used;
    bool spent;
    size_t n_waiting; // connections; they are marked, not listed
};

void budget_charge(struct budget *budget, size_t bytes);
// True where this made the waiting free to go on.
bool budget_free(struct budget *budget, size_t bytes);

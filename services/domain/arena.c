#include "handoff/arena.h"

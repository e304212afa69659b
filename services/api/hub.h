// Live hints to browsers (server-sent events): "tasks" when tasks changed, "flow" when messages were accounted
// for. A hint carries no data: who gets one reads again.
//
// Ids rise, over restarts too (they start at the clock). A browser that comes back with the id of the latest
// hint has missed nothing; any other is told to read again. PostgreSQL's notifications wake the hub; after a
// lost connection everybody is told to read again, so that none is missed.
#pragma once

#include "api.h"

enum { HO_HUB_MOST_STREAMS = 512 };

// Listens on a connection of its own, and asks every second whether messages moved. `api` outlives it.
struct ho_hub *ho_hub_new(struct ho_api *api, const char *database_url);
void ho_hub_free(struct ho_hub *hub); // takes NULL; ends all streams

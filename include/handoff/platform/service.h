// What every service has: the loop, the admin port (/metrics, /healthz, /readyz), readiness, the drain.
#pragma once

#include "handoff/platform/http.h"
#include "handoff/platform/loop.h"

struct ho_service;

// The name by which brokers and databases see a copy: "handoff-relay", or "handoff-relay-2" for instance "2".
enum { HO_INSTANCE_NAME_BYTES = 128 };
const char *ho_instance_name(const char *program, const char *instance, char out[HO_INSTANCE_NAME_BYTES]);

// Listens on `admin_address` ("" none). /healthz answers 200 while the loop beats; /readyz 200 when every
// named dependency is ready, else 503 with the names of those that are not.
HO_MUST_USE enum ho_status ho_service_new(const char *name, const char *admin_address, struct ho_service **out,
                                          struct ho_error *error);
void ho_service_free(struct ho_service *service);
struct ho_loop *ho_service_loop(struct ho_service *service);
void ho_service_ready(struct ho_service *service, const char *dependency, bool ready);
// Runs until SIGTERM or SIGINT, or ho_service_fail. `drain` (may be NULL) is called once at the signal; the
// service ends when it calls ho_loop_stop, or after `deadline_ms`. Returns the exit status.
int ho_service_run(struct ho_service *service, void (*drain)(void *context), void *context, int64_t deadline_ms);
// Logs the words and ends the run with status 1.
void ho_service_fail(struct ho_service *service, const struct ho_error *error);

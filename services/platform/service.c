#include "handoff/platform/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"

struct dependency {
    struct dependency *next;
    const char *name;
    bool ready;
    struct ho_metric *gauge;
};

struct ho_service {
    struct ho_loop *loop;
    struct ho_http_server *admin; // NULL: none
    struct dependency *dependencies;
    void (*drain)(void *context);
    void *context;
    int64_t deadline_ms;
    struct ho_watch *deadline;
    struct ho_metric *memory;
    int exit_status;
    bool draining;
};

// ---- The admin port.

static void answer_text(const struct ho_http_request *request, struct ho_http_response *response, int status,
                        const char *text)
{
    response->status = status;
    response->content_type = "text/plain; charset=utf-8";
    response->body = ho_bytes_of(ho_arena_printf(request->arena, "%s\n", text));
}

static void measure_process(struct ho_service *service)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        char *resident; // behind the first number
        strtol(line, &resident, 10);
        ho_metric_set(service->memory, (double)strtol(resident, NULL, 10) * (double)sysconf(_SC_PAGESIZE));
    }
    fclose(file);
}

static void answer_metrics(struct ho_service *service, const struct ho_http_request *request,
                           struct ho_http_response *response)
{
    size_t n;
    measure_process(service);
    char *page = ho_metrics_page(&n);
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    response->body = ho_arena_copy(request->arena, ho_bytes_from(page, n));
    free(page);
}

static void answer_ready(const struct ho_service *service, const struct ho_http_request *request,
                         struct ho_http_response *response)
{
    const char *missing = service->draining ? "stopping" : "";
    for (const struct dependency *d = service->dependencies; d; d = d->next)
        if (!d->ready)
            missing = ho_arena_printf(request->arena, "%s%s%s", missing, *missing ? ", " : "", d->name);
    if (*missing)
        answer_text(request, response, 503, ho_arena_printf(request->arena, "not ready: %s", missing));
    else
        answer_text(request, response, 200, "ready");
}

static void on_admin(void *context, const struct ho_http_request *request, struct ho_http_response *response)
{
    struct ho_service *service = context;
    if (strcmp(request->method, "GET") != 0)
        answer_text(request, response, 405, "only GET");
    else if (strcmp(request->path, "/metrics") == 0)
        answer_metrics(service, request, response);
    else if (strcmp(request->path, "/healthz") == 0)
        answer_text(request, response, 200, "ok"); // this answer is the loop's beat
    else if (strcmp(request->path, "/readyz") == 0)
        answer_ready(service, request, response);
    else
        answer_text(request, response, 404, "here are /metrics, /healthz and /readyz");
}

// ---- The service.

static void register_process(struct ho_service *service, const char *name)
{
    char labels[128];
    snprintf(labels, sizeof labels, "service=\"%s\",version=\"" HO_VERSION "\"", name);
    ho_metric_set(ho_gauge("handoff_build_info", "The version that runs; always 1.", labels), 1);
    ho_metric_set(ho_gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", ""),
                  (double)ho_clock_us() / 1e6);
    service->memory = ho_gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", "");
}

const char *ho_instance_name(const char *program, const char *instance, char out[HO_INSTANCE_NAME_BYTES])
{
    snprintf(out, HO_INSTANCE_NAME_BYTES, "%s%s%s", program, *instance ? "-" : "", instance);
    return out;
}

enum ho_status ho_service_new(const char *name, const char *admin_address, struct ho_service **out,
                              struct ho_error *error)
{
    struct ho_service *service = calloc(1, sizeof *service);
    if (!service)
        abort();
    service->loop = ho_loop_new();
    register_process(service, name);
    if (*admin_address) {
        enum ho_status status = ho_http_listen(service->loop, admin_address, on_admin, service, &service->admin, error);
        if (status != HO_OK) {
            ho_service_free(service);
            return status;
        }
        ho_log(HO_INFO, "admin port open", "port=%u", ho_http_port(service->admin));
    }
    *out = service;
    return HO_OK;
}

void ho_service_free(struct ho_service *service)
{
    if (!service)
        return;
    ho_http_close(service->admin);
    ho_watch_free(service->deadline);
    for (struct dependency *d; (d = service->dependencies);) {
        service->dependencies = d->next;
        free(d);
    }
    ho_loop_free(service->loop);
    free(service);
}

struct ho_loop *ho_service_loop(struct ho_service *service)
{
    return service->loop;
}

static struct dependency *dependency_of(struct ho_service *service, const char *name)
{
    struct dependency **place = &service->dependencies;
    for (; *place; place = &(*place)->next)
        if (strcmp((*place)->name, name) == 0)
            return *place;
    struct dependency *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    char labels[128];
    snprintf(labels, sizeof labels, "dependency=\"%s\"", name);
    d->name = name;
    d->gauge = ho_gauge("handoff_ready", "1 while the dependency answers.", labels);
    return *place = d;
}

void ho_service_ready(struct ho_service *service, const char *dependency, bool ready)
{
    struct dependency *d = dependency_of(service, dependency);
    if (d->ready != ready)
        ho_log(ready ? HO_INFO : HO_WARN, ready ? "dependency ready" : "dependency away", "dependency=%s", dependency);
    d->ready = ready;
    ho_metric_set(d->gauge, ready);
}

static void on_deadline(void *context)
{
    struct ho_service *service = context;
    ho_log(HO_WARN, "not drained in time", "deadline_ms=%lld", (long long)service->deadline_ms);
    ho_loop_stop(service->loop);
}

static void on_stop(void *context)
{
    struct ho_service *service = context;
    ho_log(HO_INFO, "stopping", "deadline_ms=%lld", (long long)service->deadline_ms);
    service->draining = true;
    service->deadline = ho_loop_timer(service->loop, service->deadline_ms, 0, on_deadline, service);
    if (service->drain)
        service->drain(service->context);
    else
        ho_loop_stop(service->loop);
}

int ho_service_run(struct ho_service *service, void (*drain)(void *context), void *context, int64_t deadline_ms)
{
    service->drain = drain;
    service->context = context;
    service->deadline_ms = deadline_ms;
    ho_loop_on_stop(service->loop, on_stop, service);
    ho_loop_run(service->loop);
    ho_log(HO_INFO, "stopped", "status=%d", service->exit_status);
    return service->exit_status;
}

void ho_service_fail(struct ho_service *service, const struct ho_error *error)
{
    ho_log(HO_ERROR, "service fails", "error=\"%s\"", error->text);
    service->exit_status = 1;
    ho_loop_stop(service->loop);
}

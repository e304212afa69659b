// handoff-api: the queue and the flow for people and programs, over HTTP. Scales by running more copies (a
// browser's session belongs to the copy that opened it).
#include <stdlib.h>

#include "api.h"
#include "coordinators.h"
#include "files.h"
#include "flow.h"
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/yaml.h"
#include "handoff/time.h"
#include "hub.h"
#include "session.h"

struct settings {
    const char *address, *database_url, *admin_address, *instance, *log_level, *web_dir, *token_file, *zone, *feeds_dir;
    bool open_on_loopback;
};

static const struct ho_option OPTIONS[] = {
#define AT(field) .offset = offsetof(struct settings, field)
    {"api-address", HO_OPTION_ADDRESS, "127.0.0.1:8080", AT(address), .help = "where the API and the page are served"},
    {"database-url", HO_OPTION_TEXT, NULL, .secret = true, AT(database_url),
     .help = "PostgreSQL's URL; several hosts are allowed"},
    {"api-token-file", HO_OPTION_TEXT, NULL, AT(token_file),
     .help = "file whose first line is the API's bearer token, of 16 bytes at least"},
    {"api-open-on-loopback", HO_OPTION_BOOLEAN, "no", AT(open_on_loopback),
     .help = "let browsers on this machine sign in without the token; not behind a proxy"},
    {"web-dir", HO_OPTION_TEXT, "build/web", AT(web_dir), .help = "folder of the built web page; none: the API alone"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone), .help = "the plan's time zone, which the page shows"},
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", AT(feeds_dir),
     .help = "folder of the feeds' YAML files, for the flow"},
    {"admin-address", HO_OPTION_ADDRESS, "", AT(admin_address),
     .help = "where /metrics, /healthz and /readyz are served"},
    {"instance", HO_OPTION_TEXT, "", AT(instance), .help = "name of this copy, for PostgreSQL's list of connections"},
    {"log-level", HO_OPTION_TEXT, "info", AT(log_level), .choices = ho_log_levels, .help = "least level to log"},
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-api",
    .summary = "Serves the tasks, the flow of messages and the web workspace.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

struct app {
    struct ho_api api;
    struct ho_feed_set *feeds;
    struct ho_http_server *server;
};

static void on_drain(void *context)
{
    struct app *app = context;
    ho_hub_free(app->api.hub);
    app->api.hub = NULL;
    ho_http_close(app->server);
    app->server = NULL;
    ho_loop_stop(ho_service_loop(app->api.service));
}

// Without a page the API still serves programs, so this is no reason to stay away.
static void read_page(struct ho_api *api, const char *web_dir)
{
    struct ho_error error = {0};
    if (!*web_dir)
        return;
    if (ho_files_read(web_dir, &api->files, &error) == HO_OK)
        ho_log(HO_INFO, "web page read", "files=%zu", ho_files_count(api->files));
    else
        ho_log(HO_WARN, "no web page", "error=\"%s\"", error.text);
}

static enum ho_status start(struct app *app, const struct settings *settings, struct ho_error *error)
{
    struct ho_api *api = &app->api;
    enum ho_status status;
    if ((status = ho_zone_new(settings->zone, &api->zone, error)) ||
        (status = ho_sessions_from_file(settings->token_file, &api->sessions, error)) ||
        (status = ho_feeds_load(settings->feeds_dir, &app->feeds, error)) ||
        (status = ho_service_new("api", settings->admin_address, &api->service, error)))
        return status;
    ho_service_ready(api->service, "postgresql", false);
    api->open_on_loopback = settings->open_on_loopback;
    api->feeds = ho_feed_set_feeds(app->feeds);
    char name[HO_INSTANCE_NAME_BYTES];
    api->pg = ho_pg_new(settings->database_url, ho_instance_name("handoff-api", settings->instance, name));
    api->flow = ho_flow_new();
    api->coordinators = ho_coordinators_new();
    read_page(api, settings->web_dir);
    api->hub = ho_hub_new(api, settings->database_url);
    return ho_http_listen(ho_service_loop(api->service), settings->address, ho_api_handle, api, &app->server, error);
}

static void stop(struct app *app)
{
    ho_hub_free(app->api.hub);
    ho_http_close(app->server);
    ho_coordinators_free(app->api.coordinators);
    ho_flow_free(app->api.flow);
    ho_pg_free(app->api.pg);
    ho_files_free(app->api.files);
    ho_sessions_free(app->api.sessions);
    ho_service_free(app->api.service);
    ho_zone_free(app->api.zone);
    ho_feed_set_free(app->feeds);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct app app = {0};
    struct ho_error error = {0};
    int status = 1;

    ho_config_read(&TABLE, argc, argv, &settings);
    ho_log_init("api", ho_log_level_named(settings.log_level));
    if (start(&app, &settings, &error) == HO_OK) {
        ho_log(HO_INFO, "serving", "port=%u open_on_loopback=%s", (unsigned)ho_http_port(app.server),
               settings.open_on_loopback ? "true" : "false");
        status = ho_service_run(app.api.service, on_drain, &app, 5000);
    } else {
        ho_log(HO_ERROR, "not started", "error=\"%s\"", error.text);
    }
    stop(&app);
    return status;
}

#include "settings.h"

#include "mail.h"

#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/time.h"

#include <stdio.h>

static const char *const tls_choices[] = {"none", "required", NULL};

#define AT(field) .offset = offsetof(struct ho_notifier_settings, field)
static const struct ho_option options[] = {
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", AT(kafka_brokers), .help = "Kafka's bootstrap brokers"},
    {"database-url", HO_OPTION_TEXT, NULL, .secret = true, AT(database_url),
     .help = "PostgreSQL's URL; several hosts are allowed"},
    {"admin-address", HO_OPTION_ADDRESS, "", AT(admin_address),
     .help = "where /metrics, /healthz and /readyz are served"},
    {"instance", HO_OPTION_TEXT, "", AT(instance),
     .help = "name of this copy; gives quick restarts (static membership)"},
    {"log-level", HO_OPTION_TEXT, "info", AT(log_level), .choices = ho_log_levels,
     .help = "least level that is logged"},
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, AT(session_timeout_ms),
     .help = "after which Kafka gives a silent copy's partitions to others"},
    {"batch-records", HO_OPTION_INTEGER, "1000", 1, 100000, AT(batch_records),
     .help = "notices in one transaction at most"},
    {"smtp-url", HO_OPTION_TEXT, "", AT(smtp_url),
     .help = "mail server, smtp://HOST:PORT or smtps://HOST:PORT; none: no mail"},
    {"smtp-tls", HO_OPTION_TEXT, "none", AT(smtp_tls), .choices = tls_choices, .help = "STARTTLS: none or required"},
    {"smtp-user", HO_OPTION_TEXT, "", AT(smtp_user),
     .help = "user at the mail server; needs TLS, or a server on this machine"},
    {"smtp-password-file", HO_OPTION_TEXT, "", AT(smtp_password_file), .help = "file with that user's password"},
    {"mail-from", HO_OPTION_TEXT, "handoff@localhost", AT(mail_from), .help = "sender's address"},
    {"mail-domain", HO_OPTION_TEXT, "handoff.invalid", AT(mail_domain),
     .help = "what stands behind the @ of Message-IDs"},
    {"public-url", HO_OPTION_TEXT, "", AT(public_url),
     .help = "where coordinators find their queue, for the link in mails"},
    {"webhook-url", HO_OPTION_TEXT, "", AT(webhook_url),
     .help = "system to call with each notice, https://HOST/PATH; none: no calls"},
    {"webhook-secret-file", HO_OPTION_TEXT, "", AT(webhook_secret_file),
     .help = "file with the secret that calls are signed with: whsec_ and base64"},
    {"webhook-allow-private", HO_OPTION_BOOLEAN, "no", AT(webhook_allow_private),
     .help = "allow calls to private addresses, and to those also without TLS"},
    {"tls-ca-file", HO_OPTION_TEXT, "", AT(tls_ca_file), .help = "certificates to trust in place of the system's"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone_name),
     .help = "the plan's time zone: an opt-out takes effect, and a coordinator is away, on its date there"},
    {"deliveries-at-once", HO_OPTION_INTEGER, "8", 1, 256, AT(at_once),
     .help = "attempts under way at most, of mails and of calls each"},
    {"delivery-timeout-ms", HO_OPTION_INTEGER, "30000", 100, 600000, AT(timeout_ms), .help = "time for one attempt"},
    {"mail-answer-ms", HO_OPTION_INTEGER, "600000", 100, 3600000, AT(answer_ms),
     .help = "time for a mail server's word that it has taken a mail: RFC 5321 asks for ten minutes, for who gives up "
             "sooner sends twice"},
    {"delivery-attempts", HO_OPTION_INTEGER, "12", 1, 1000, AT(attempts),
     .help = "attempts before a delivery has failed for good"},
    {"retry-first-ms", HO_OPTION_INTEGER, "5000", 1, 3600000, AT(retry_first_ms),
     .help = "pause after the first attempt; each further one is four times as long"},
    {"retry-most-ms", HO_OPTION_INTEGER, "3600000", 1, 86400000, AT(retry_most_ms),
     .help = "longest pause between attempts"},
};
#undef AT

static const struct ho_option_table table = {
    .program = "handoff-notifier",
    .summary = "Tells care teams by mail and systems by webhook what transition.events asks for, once each.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static enum ho_status read_text(const char *path, char *out, size_t room, struct ho_error *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return ho_fail(error, HO_REJECT, "%s cannot be opened", path);
    size_t n = fread(out, 1, room - 1, file);
    fclose(file);
    struct ho_bytes text = ho_bytes_trim(ho_bytes_from(out, n));
    memmove(out, text.p, text.n);
    out[text.n] = '\0';
    return text.n ? HO_OK : ho_fail(error, HO_REJECT, "%s is empty", path);
}

static bool is_local(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

static bool tls_required(const struct ho_notifier_settings *s)
{
    return strcmp(s->smtp_tls, "required") == 0;
}

static enum ho_status check_mail(struct ho_notifier_settings *s, struct ho_error *error)
{
    char host[256];
    if (!*s->smtp_url)
        return HO_OK;
    if (!ho_url_host(s->smtp_url, "smtp,smtps", host, sizeof host))
        return ho_fail(error, HO_REJECT,
                       "smtp-url is not like smtp://HOST:PORT or smtps://HOST:PORT, or carries a password");
    if (!ho_mail_address_valid(s->mail_from))
        return ho_fail(error, HO_REJECT, "mail-from is no e-mail address");
    if (!*s->smtp_user)
        return HO_OK;
    if (!tls_required(s) && !is_local(host) && !ho_url_host(s->smtp_url, "smtps", host, sizeof host))
        return ho_fail(error, HO_REJECT, "smtp-user would send its password in the clear: set smtp-tls to required");
    enum ho_status status = read_text(s->smtp_password_file, s->smtp_password, sizeof s->smtp_password, error);
    if (status != HO_OK)
        ho_error_prefix(error, "smtp-password-file: ");
    return status;
}

static enum ho_status check_webhook(struct ho_notifier_settings *s, struct ho_error *error)
{
    char secret[sizeof s->smtp_password];
    const char *schemes = s->webhook_allow_private ? "https,http" : "https";
    if (!*s->webhook_url)
        return HO_OK;
    if (!ho_url_host(s->webhook_url, schemes, s->webhook_host, sizeof s->webhook_host))
        return ho_fail(error, HO_REJECT, "webhook-url is not like https://HOST/PATH, or carries a password");
    if (!*s->webhook_secret_file)
        return ho_fail(error, HO_REJECT, "webhook-url needs webhook-secret-file: calls are always signed");
    enum ho_status status = read_text(s->webhook_secret_file, secret, sizeof secret, error);
    if (status == HO_OK && (status = ho_webhook_secret_read(ho_bytes_of(secret), &s->webhook_secret, error)) != HO_OK)
        ho_error_prefix(error, "%s ", s->webhook_secret_file);
    if (status != HO_OK)
        ho_error_prefix(error, "webhook-secret-file: ");
    return status;
}

enum ho_status ho_notifier_settings_read(int argc, char **argv, struct ho_notifier_settings *out,
                                         struct ho_error *error)
{
    *out = (struct ho_notifier_settings){0};
    ho_config_read(&table, argc, argv, out);
    enum ho_status status = check_mail(out, error);
    if (status == HO_OK)
        status = check_webhook(out, error);
    return status == HO_OK ? ho_zone_new(out->zone_name, &out->zone, error) : status;
}

struct ho_channels ho_notifier_channels(const struct ho_notifier_settings *s)
{
    return (struct ho_channels){
        .email = *s->smtp_url != '\0',
        .mail_domain = s->mail_domain,
        .webhook_host = s->webhook_host,
        .zone = s->zone,
    };
}

struct ho_sender_settings ho_notifier_sending(const struct ho_notifier_settings *s)
{
    return (struct ho_sender_settings){
        .database_url = s->database_url,
        .at_once = s->at_once,
        .timeout_ms = s->timeout_ms,
        .answer_ms = s->answer_ms,
        .attempts_max = s->attempts,
        .retry_first_ms = s->retry_first_ms,
        .retry_most_ms = s->retry_most_ms,
        .allow_private = s->webhook_allow_private,
        .zone = s->zone,
        .tls_ca_file = s->tls_ca_file,
        .mail = {s->smtp_url, s->smtp_user, s->smtp_password, s->mail_from, s->public_url, tls_required(s)},
        .webhook = {s->webhook_url, s->webhook_host, s->webhook_secret},
    };
}

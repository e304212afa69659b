// The notifier's settings: options, and what has to fit together among them.
#pragma once

#include "intake.h"
#include "sender.h"

struct ho_notifier_settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level;
    const char *smtp_url, *smtp_tls, *smtp_user, *smtp_password_file, *mail_from, *mail_domain, *public_url;
    const char *webhook_url, *webhook_secret_file, *tls_ca_file, *zone_name;
    int64_t session_timeout_ms, batch_records, at_once, timeout_ms, answer_ms, attempts, retry_first_ms, retry_most_ms;
    bool webhook_allow_private;
    char webhook_host[256], smtp_password[1024]; // "" none
    struct ho_webhook_secret webhook_secret;
    struct ho_zone *zone; // for ho_zone_free
};

// Reads flags and environment, which may end the program. HO_REJECT where settings do not fit together.
HO_MUST_USE enum ho_status ho_notifier_settings_read(int argc, char **argv, struct ho_notifier_settings *out,
                                                     struct ho_error *error);

// What intake and sender take from them; `settings` must outlive both.
struct ho_channels ho_notifier_channels(const struct ho_notifier_settings *settings);
struct ho_sender_settings ho_notifier_sending(const struct ho_notifier_settings *settings);

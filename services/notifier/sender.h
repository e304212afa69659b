// The sender: takes deliveries that are due, tries each, and writes down what came of it.
//
// Runs on the loop beside the consumer, over a database connection of its own. An outcome is kept until the
// database has it. Several notifiers may run.
#pragma once

#include "deliveries.h"
#include "webhook.h"

struct ho_sender;
struct ho_zone;

struct ho_sender_settings {
    const char *database_url;
    int64_t at_once;        // attempts of a channel under way at most: the one does not wait for the other
    int64_t timeout_ms;     // of an attempt
    int64_t answer_ms;      // of a mail server's answer to a whole mail, in place of what is left of that
    int64_t attempts_max;   // of a delivery
    int64_t retry_first_ms; // then four times as long each time
    int64_t retry_most_ms;
    bool allow_private;
    const struct ho_zone *zone; // the plan's: whose date an opt-out is judged by
    const char *tls_ca_file;
    struct {
        const char *server, *user, *password, *from, *queue_url;
        bool tls_required;
    } mail;
    struct {
        const char *url, *host; // "" none
        struct ho_webhook_secret secret;
    } webhook;
    void (*ready)(void *context, bool ready); // the database answers
    void (*failed)(void *context, const struct ho_error *error);
    void *context;
};

// Texts in the settings must outlive the sender.
struct ho_sender *ho_sender_new(struct ho_loop *loop, const struct ho_sender_settings *settings);
void ho_sender_free(struct ho_sender *sender); // takes NULL
// There may be work.
void ho_sender_wake(struct ho_sender *sender);
// Takes nothing more; `drained` is called once all that is under way has its outcome written.
void ho_sender_drain(struct ho_sender *sender, void (*drained)(void *context), void *context);

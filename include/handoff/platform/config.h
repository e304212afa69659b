// Configuration: one table a service makes the environment, the flags, --help, --print-config and the
// page of documentation.
//
// Option "kafka-brokers" is the flag --kafka-brokers and the variable HANDOFF_KAFKA_BROKERS; the flag wins.
// A wrong value is a clear error with its range and ends the program with status 2. A flag's value follows as the next
// argument or behind '='; a boolean flag alone means true. "--" ends the flags.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ho_option_type { HO_OPTION_TEXT, HO_OPTION_INTEGER, HO_OPTION_BOOLEAN, HO_OPTION_ADDRESS };

struct ho_option {
    const char *name;
    enum ho_option_type type;
    const char
        *fallback; // default as text; NULL: must be given; an address may be "" where this is "" or `optional` is set
    int64_t least, most; // integers
    bool secret;         // never printed
    size_t offset;       // of the value in the settings struct: const char *, int64_t or bool
    const char *help;
    const char *const *choices; // TEXT: the values allowed, ends with NULL; NULL: any
    bool optional;              // ADDRESS: may be "" though `fallback` is not
};

struct ho_option_table {
    const char *program; // "handoff-gateway"
    const char *summary; // one sentence
    const struct ho_option *options;
    size_t n_options;
    const char *arguments; // what stands behind the flags, for the usage line: "FILE..."; NULL: nothing
};

// Reads environment and flags into `settings`; prints and exits on --help (--help=markdown: the page of
// documentation), --version, --print-config and on errors. Texts point into argv, the environment or the table. Returns
// the index of the first argument that is no flag.
int ho_config_read(const struct ho_option_table *table, int argc, char **argv, void *settings);

// "host:port" split in place of a caller's buffer; the port may be 0. False where it is none.
bool ho_address_split(const char *address, char *host, size_t host_bytes, uint16_t *port);

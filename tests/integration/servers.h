// The real servers of the integration tests: where they are, and a database and topics for each test program alone.
//
// HANDOFF_TEST_DATABASE_URL names a PostgreSQL where databases may be created, HANDOFF_TEST_KAFKA_BROKERS a Kafka.
// Without them a program ends with status 77 (skipped), or fails where HANDOFF_REQUIRE=all.
#pragma once

#include "handoff/platform/pg.h"

const char *ho_test_brokers(void); // ends the program where unset

// Creates a database of this process and returns its URL; ends the program where none can be had. With
// `migrated`, deploy/sql's tables are in it.
const char *ho_test_database(bool migrated);
void ho_test_database_drop(void);
// A connection to that database; the caller frees.
struct ho_pg *ho_test_connect(const char *application_name);

// The first number of a query's first row, where it must work.
int64_t ho_test_number(struct ho_pg *pg, const char *sql);
void ho_test_sql(struct ho_pg *pg, const char *sql);

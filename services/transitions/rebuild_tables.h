// The shadow's tables. Private to the rebuild.
#pragma once

// Scripts, each to be run in a transaction. All take the tables as they stand in schema derived.
extern const char *const ho_rebuild_tables_make;
extern const char *const ho_rebuild_tables_lock; // the live ones, against everybody; within 200 ms or not at all
extern const char *const ho_rebuild_tables_swap; // views and privileges follow; the old ones go

// A query, for an empty search path: the statements that give the shadow's tables what they lack of keys and indexes,
// and statistics. Each may be run in a transaction of its own, and beside the others.
extern const char ho_rebuild_tables_indexes[];

// The shadow's tables. Private to the rebuild.
#pragma once

// Scripts, each to be run in a transaction. All take the tables as they stand in schema derived.
extern const char *const ho_rebuild_tables_make;
extern const char *const ho_rebuild_tables_analyze;
extern const char *const ho_rebuild_tables_lock; // the live ones, against everybody; within 200 ms or not at all
extern const char *const ho_rebuild_tables_swap; // views and privileges follow; the old ones go

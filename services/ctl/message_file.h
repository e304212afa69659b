// HL7 messages out of files: one or many a file, framed for MLLP or as plain text.
//
// In plain text a message begins at each line that starts with MSH; line ends behind a message do not belong
// to it, and it is given a single CR instead. The segments of a batch (FHS, BHS, BTS, FTS) stand around messages and
// are none. In a framed file (its first byte is VT) the bytes between VT and FS CR are the messages as they are. Views
// into the file, which stays mapped until ho_message_file_free.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_message_file;

// "-" is standard input. HO_FATAL where the file cannot be read, HO_REJECT where no message is in it or a frame does
// not end.
HO_MUST_USE enum ho_status ho_message_file_open(const char *path, struct ho_message_file **out, struct ho_error *error);
void ho_message_file_free(struct ho_message_file *file); // takes NULL

// The next message, in the file's order; false at the end. A plain one lies in the arena.
bool ho_message_file_next(struct ho_message_file *file, struct ho_arena *arena, struct ho_bytes *message);

// The same over bytes: takes the next message off `rest`.
bool ho_message_next(struct ho_bytes *rest, struct ho_arena *arena, struct ho_bytes *message);

// How many bytes are still to be taken; before the first message all.
size_t ho_message_file_left(const struct ho_message_file *file);

// HO_REJECT, with path and line, where a batch has another number of messages than its BTS-1 says, a file another
// number of batches than FTS-1, or one of them no end. Counts that are left out are not checked. Before the first
// message.
HO_MUST_USE enum ho_status ho_message_file_check_batches(const struct ho_message_file *file, const char *path,
                                                         struct ho_error *error);
// The same over bytes in plain text.
HO_MUST_USE enum ho_status ho_message_batches_check(struct ho_bytes plain, struct ho_error *error);

// Whether the line is a segment of that name, three letters.
bool ho_message_segment_is(struct ho_bytes line, const char *name);

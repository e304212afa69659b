// HL7 messages out of files: one or many a file, framed for MLLP or as plain text.
//
// In plain text a message begins at each line that starts with MSH; line ends behind a message do not belong
// to it, and it is given a single CR instead. In a framed file (its first byte is VT) the bytes between VT and
// FS CR are the messages as they are. Views into the file, which stays mapped until ho_message_file_free.
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

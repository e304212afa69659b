// MLLP framing as a push parser: bytes in, events out, no sockets.
//
// The minimal lower layer protocol of HL7 v2: 0x0B, the message, 0x1C 0x0D. A frame may lie anywhere in the
// input: whole, many at once, or cut at any byte. A frame that lies whole in the input is given as a view of
// it; only a cut one is copied into a buffer of the parser's own.
//
// Senders differ, so: the frame is complete at 0x1C, and the 0x0D is taken when it comes and not missed when
// it does not. Bytes between frames are skipped and counted. A start byte inside a frame begins a new one, and
// the first is reported as broken. A frame longer than the limit is reported once, as soon as it is, and its
// rest is skipped without being stored; the next frame is read as usual.
//
//     struct ho_bytes input = what was received;
//     while ((event = ho_mllp_next(mllp, &input, &frame)) != HO_MLLP_MORE)
//         act on event and frame;
//
// One parser a connection; the caller frees. One thread. Out of memory ends the process, as with an arena.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_mllp;

enum ho_mllp_event {
    HO_MLLP_MORE,     // the input is used up
    HO_MLLP_FRAME,    // `frame` is a whole message
    HO_MLLP_OVERSIZE, // `frame` is the beginning of one over the limit, as long as the limit
    HO_MLLP_BROKEN,   // `frame` is what there was of one when another began
};

struct ho_mllp *ho_mllp_new(size_t limit_bytes);
void ho_mllp_free(struct ho_mllp *mllp); // takes NULL

// Takes what it needs off the front of `input`. `frame` is valid until the next call, and as long as the
// input's bytes stay.
HO_MUST_USE enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_bytes *input, struct ho_bytes *frame);

// The size of the parser's buffer now, for the budget of the process: 0 between frames.
size_t ho_mllp_held_bytes(const struct ho_mllp *mllp);
// Whether a frame has begun and not ended: then the sender owes bytes, and closing loses what was sent.
bool ho_mllp_inside(const struct ho_mllp *mllp);

// What lay between the frames since the beginning: line ends and blanks, and anything else.
uint64_t ho_mllp_blank_bytes(const struct ho_mllp *mllp);
uint64_t ho_mllp_junk_bytes(const struct ho_mllp *mllp);

// The message as a frame, in the arena.
struct ho_bytes ho_mllp_wrap(struct ho_arena *arena, struct ho_bytes message);

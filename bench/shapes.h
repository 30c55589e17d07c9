/* The bodies the stub answers with, in the shape of xAI's own. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include "wire.h"

enum surface { SURFACE_RESPONSES, SURFACE_CHAT };

struct answer {
    enum surface surface;
    bool stream, event_lines;
    int events, size;       /* deltas of a stream; filler bytes per delta, or of the whole text */
    int64_t delay_us;       /* between two deltas, or before a JSON answer */
    int step;               /* next event to write */
    int64_t created;        /* unix seconds */
    char id[37], model[64]; /* a bare uuid, as xAI gives; the model that was asked for */
    struct buffer text;     /* every delta so far: the closing events repeat the whole text */
};

/* Write the next event's bytes (without HTTP chunk framing); true when it was the last one. */
bool shape_event(struct answer *answer, struct buffer *out, bool *is_delta);

/* Events before the first delta: they are never paced. */
int shape_opening(const struct answer *answer);

void shape_json(struct answer *answer, struct buffer *out);
/* The body of a GET, or false when xAI has no such path. */
bool shape_lookup(const char *path, struct buffer *out);

#endif

// Matches a Lua pattern at one place of a text, with a limit of effort: what `patterns.c` makes its functions of.
#ifndef CICADA_MATCHER_H
#define CICADA_MATCHER_H

#include "internal.h"

// Captures of a pattern, as Lua has it.
#define MOST_CAPTURES 32

// Stand for the length of a capture: not closed yet; no text but a place.
enum { CICADA_UNFINISHED = -1, CICADA_POSITION = -2 };

// A pattern and a text, and what was captured in the match that was tried last.
typedef struct cicada_matcher {
    lua_State *L;
    const char *text;
    const char *text_end;
    const char *pattern_end;
    size_t steps;
    size_t next_look;
    size_t most_steps;
    int depth_left;
    int count;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[MOST_CAPTURES];
} cicada_matcher;

// Makes a matcher ready; the pattern may begin with '^', which is its caller's business.
void cicada_set_up_matcher(cicada_matcher *m, lua_State *L, const char *text, size_t length, const char *pattern, size_t pattern_length);
// Begins a match at another place.
void cicada_rewind_matcher(cicada_matcher *m);
// The end of the match of the pattern p at the place s; NULL when there is none. Raises what Lua raises of a malformed pattern, and when
// the effort becomes too great.
const char *cicada_match(cicada_matcher *m, const char *s, const char *p);
// The capture with an index, or the whole match from s to end where there are none; a position is pushed and has the length
// `CICADA_POSITION`.
ptrdiff_t cicada_find_capture(cicada_matcher *m, int index, const char *s, const char *end, const char **start);
// Pushes a capture.
void cicada_push_capture(cicada_matcher *m, int index, const char *s, const char *end);
// Pushes all captures and answers with their number; where there are none, the whole match, unless s is NULL.
int cicada_push_captures(cicada_matcher *m, const char *s, const char *end);

// Called by `cicada_spend` every 4 million steps.
void cicada_look_at_effort(cicada_matcher *m);

// Counts steps.
static inline void cicada_spend(cicada_matcher *m, size_t steps) {
    m->steps += steps;
    if (m->steps >= m->next_look) cicada_look_at_effort(m);
}

#endif

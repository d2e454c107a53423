// What responses are to the files that deal with them.
#ifndef CICADA_RESPONSE_H
#define CICADA_RESPONSE_H

#include "internal.h"

// A response as Lua holds it; its user values are the business of `response.c`.
typedef struct response {
    cicada_figures figures;
    int32_t number;  // in the batch, from 0; -1: it stands alone
    uint64_t generation;
} response;

// The response at an index; NULL when the value is none.
response *cicada_to_response(lua_State *L, const cicada_lua *lua, int index);

// Whether the outcome of a response can still be read.
static inline bool is_live(const cicada_lua *lua, const response *target) {
    return lua->live_count > 0 && target->generation == lua->live_generation;
}

#endif

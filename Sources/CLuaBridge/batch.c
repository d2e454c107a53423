// self.http:batch: several requests of a user at once.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int cicada_batch(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    static const char usage[] = "write self.http:batch { { \"GET\", \"/a\" }, { \"POST\", \"/b\", { json = ... } } }";
    if (lua_touserdata(L, 1) != lua->http_object) return luaL_error(L, "http:batch is called with a colon: %s", usage);
    cicada_demand_step(L, lua, "http:batch");
    if (lua_gettop(L) != 2 || lua_type(L, 2) != LUA_TTABLE) {
        return luaL_error(L, "http:batch takes one list of requests, not %s: %s", luaL_typename(L, 2), usage);
    }
    size_t count = lua_rawlen(L, 2);
    if (count == 0) return luaL_error(L, "http:batch has no requests: %s", usage);
    if (count > CICADA_BATCH_LIMIT) {
        return luaL_error(L, "http:batch takes at most %d requests, not %d: split the list", CICADA_BATCH_LIMIT, (int)count);
    }
    cicada_retire_responses(L, lua);
    lua->command = CICADA_COMMAND_BATCH;
    return lua_yieldk(L, 2, 0, cicada_request_answered);
}

bool cicada_prepare_batch(cicada_lua *lua, int count) {
    if (lua->batch_outcomes == NULL) lua->batch_outcomes = calloc(CICADA_BATCH_LIMIT, sizeof *lua->batch_outcomes);
    if (lua->batch_verdicts == NULL) lua->batch_verdicts = calloc(CICADA_BATCH_LIMIT, sizeof *lua->batch_verdicts);
    if (lua->batch_outcomes == NULL || lua->batch_verdicts == NULL || count > CICADA_BATCH_LIMIT) return false;
    for (int i = 0; i < count; i++) {
        lua->batch_verdicts[i].accepts_status = false;
        lua->batch_verdicts[i].is_about_status = false;
        lua->batch_verdicts[i].reason_length = 0;
    }
    lua->batch_count = count;
    return true;
}

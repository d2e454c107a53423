// constant, between, poisson, pacing and throughput: how long users wait between two tasks.
#include <math.h>
#include <string.h>

#include "internal.h"

#define LONGEST_WAIT 1e9

double cicada_check_seconds(lua_State *L, int index, const char *what) {
    if (lua_type(L, index) != LUA_TNUMBER) luaL_error(L, "%s needs a number of seconds, not %s", what, luaL_typename(L, index));
    double seconds = lua_tonumber(L, index);
    if (!(seconds >= 0 && seconds <= LONGEST_WAIT)) {
        const char *shown = isnan(seconds) ? "NaN" : luaL_tolstring(L, index, NULL);
        luaL_error(L, "%s needs a number of seconds from 0 to 1000000000, not %s", what, shown);
    }
    return seconds;
}

static int push_wait(lua_State *L, cicada_wait_kind kind, double from, double to, bool catches_up) {
    cicada_wait *wait = lua_newuserdatauv(L, sizeof *wait, 0);
    memset(wait, 0, sizeof *wait);
    wait->kind = kind;
    wait->from = from;
    wait->to = to;
    wait->catches_up = catches_up;
    luaL_setmetatable(L, "cicada.wait");
    return 1;
}

static int constant(lua_State *L) {
    if (lua_gettop(L) != 1) return luaL_error(L, "constant takes one number of seconds: write constant(1.5)");
    double seconds = cicada_check_seconds(L, 1, "constant");
    return push_wait(L, CICADA_WAIT_RANGE, seconds, seconds, false);
}

static int between(lua_State *L) {
    if (lua_gettop(L) != 2) return luaL_error(L, "between takes two numbers of seconds: write between(1, 5)");
    double from = cicada_check_seconds(L, 1, "between");
    double to = cicada_check_seconds(L, 2, "between");
    if (from > to) return luaL_error(L, "between needs the smaller number first: write between(%f, %f)", to, from);
    return push_wait(L, CICADA_WAIT_RANGE, from, to, false);
}

// The number of seconds at index 1, above 0.
static double check_positive_seconds(lua_State *L, const char *what) {
    double seconds = cicada_check_seconds(L, 1, what);
    if (!(seconds * 1e9 >= 1)) luaL_error(L, "%s needs a number of seconds above 0, not %f", what, seconds);
    return seconds;
}

static int poisson(lua_State *L) {
    if (lua_gettop(L) != 1) return luaL_error(L, "poisson takes the mean wait in seconds: write poisson(1.5)");
    return push_wait(L, CICADA_WAIT_EXPONENTIAL, check_positive_seconds(L, "poisson"), 0, false);
}

// The option catch_up of the table at index 2, the only one there is; true when missing.
static bool check_catch_up(lua_State *L, const char *what) {
    if (lua_gettop(L) > 2) luaL_error(L, "%s takes a number and one table of options: write %s(1, { catch_up = false })", what, what);
    if (lua_isnoneornil(L, 2)) return true;
    if (lua_type(L, 2) != LUA_TTABLE) {
        luaL_error(L, "the options of %s must be a table, not %s: write %s(1, { catch_up = false })", what, luaL_typename(L, 2), what);
    }
    bool catches_up = true;
    lua_pushnil(L);
    while (lua_next(L, 2) != 0) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
        if (strcmp(name, "catch_up") != 0) luaL_error(L, "%s has no option '%s': there is only catch_up", what, name);
        if (lua_type(L, -1) != LUA_TBOOLEAN) luaL_error(L, "catch_up of %s must be true or false, not %s", what, luaL_typename(L, -1));
        catches_up = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return catches_up;
}

static int pacing(lua_State *L) {
    if (lua_gettop(L) < 1) return luaL_error(L, "pacing takes a number of seconds: write pacing(10)");
    double seconds = check_positive_seconds(L, "pacing");
    return push_wait(L, CICADA_WAIT_SCHEDULE, seconds, 0, check_catch_up(L, "pacing"));
}

static int throughput(lua_State *L) {
    if (lua_type(L, 1) != LUA_TNUMBER) {
        return luaL_error(L, "throughput needs a number of tasks per second, not %s: write throughput(0.5)", luaL_typename(L, 1));
    }
    double rate = lua_tonumber(L, 1);
    if (!(rate >= 1e-9 && rate <= 1e9)) {
        return luaL_error(L, "throughput needs a number of tasks per second from 1e-09 to 1e+09, not %s", luaL_tolstring(L, 1, NULL));
    }
    return push_wait(L, CICADA_WAIT_SCHEDULE, 1 / rate, 0, check_catch_up(L, "throughput"));
}

const cicada_wait *cicada_to_wait(cicada_lua *lua, lua_State *stack, int index) {
    if (lua_type(stack, index) != LUA_TUSERDATA || !lua_getmetatable(stack, index)) return NULL;
    bool is_wait = lua_topointer(stack, -1) == lua->wait_metatable;
    lua_pop(stack, 1);
    return is_wait ? lua_touserdata(stack, index) : NULL;
}

void cicada_set_up_waits(lua_State *L, cicada_lua *lua) {
    luaL_newmetatable(L, "cicada.wait");
    lua->wait_metatable = lua_topointer(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_register(L, "constant", constant);
    lua_register(L, "between", between);
    lua_register(L, "poisson", poisson);
    lua_register(L, "pacing", pacing);
    lua_register(L, "throughput", throughput);
}

// How steps end users, groups and runs; what a user knows of itself; figures of the script's own.
#include <math.h>
#include <string.h>

#include "internal.h"

void cicada_demand_user(lua_State *L, cicada_lua *lua, const char *what) {
    if (lua->is_loading) {
        luaL_error(L, "%s cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task", what);
    }
    if (lua->running == NULL) luaL_error(L, "%s cannot be used in a wait function: call it directly in on_start or in a task", what);
    if (lua->is_closing) luaL_error(L, "%s cannot be used after a step has been broken off: call it directly in on_start or in a task", what);
}

static int stop_user(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_user(L, lua, "stop_user");
    if (lua->user_number < 0) return luaL_error(L, "there is no user to stop in setup and teardown");
    return cicada_unwind(L, CICADA_UNWINDING_STOP_USER);
}

static int leave(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_user(L, lua, "leave");
    lua->error_line = cicada_script_line(L, 1);
    return cicada_unwind(L, CICADA_UNWINDING_LEAVE);
}

static int stop_run(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_user(L, lua, "stop_run");
    if (!lua_isnoneornil(L, 1) && lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "stop_run needs its reason as a text, not %s: write stop_run(\"reason\")", luaL_typename(L, 1));
    }
    size_t length = 0;
    const char *reason = lua_tolstring(L, 1, &length);
    if (length > sizeof lua->stop_reason) {
        length = sizeof lua->stop_reason;
        while (length > 0 && ((unsigned char)reason[length] & 0xC0) == 0x80) length--;  // not inside a character
    }
    if (length > 0) memcpy(lua->stop_reason, reason, length);
    lua->stop_reason_length = length;
    return cicada_unwind(L, CICADA_UNWINDING_STOP_RUN);
}

#define LONGEST_NAME 200

// timing("name", seconds) and counter("name", amount): upvalue 1 is true for the former.
static int measure(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    bool is_timing = lua_toboolean(L, lua_upvalueindex(1));
    const char *what = is_timing ? "timing" : "counter";
    const char *usage = is_timing ? "timing(\"name\", seconds)" : "counter(\"name\", amount)";
    if (lua->is_loading) {
        return luaL_error(L, "%s cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task",
                          what);
    }
    if (lua_type(L, 1) != LUA_TSTRING) return luaL_error(L, "%s needs a name as a text, not %s: write %s", what, luaL_typename(L, 1), usage);
    size_t length;
    const char *name = lua_tolstring(L, 1, &length);
    if (length == 0 || length > LONGEST_NAME) {
        return luaL_error(L, "the name of a %s must have 1 to %d bytes, not %d", what, LONGEST_NAME, (int)length);
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)name[i] < 32 || name[i] == 127) return luaL_error(L, "the name of a %s holds a control character", what);
    }
    double value = 1;
    if (is_timing) {
        value = cicada_check_seconds(L, 2, "timing");
    } else if (!lua_isnoneornil(L, 2)) {
        if (lua_type(L, 2) != LUA_TNUMBER) return luaL_error(L, "counter needs a number as its amount, not %s", luaL_typename(L, 2));
        value = lua_tonumber(L, 2);
        if (!isfinite(value)) return luaL_error(L, "counter needs a finite number as its amount, not %s", isnan(value) ? "NaN" : "inf");
    }
    if (lua_gettop(L) > 2) return luaL_error(L, "%s takes a name and a number: write %s", what, usage);
    lua->host.measure(lua->host.owner, is_timing, name, length, value);
    lua->has_notes = true;
    return 0;
}

// What `self` has not of its own and the table of all users has not either: id and class, those of the user that is running.
static int find_user_field(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    cicada_lua *lua = bridge_of(L);
    const char *name = lua_tostring(L, 2);
    if (lua->user_number < 0) return 0;
    if (strcmp(name, "id") == 0) {
        lua_pushinteger(L, lua->user_number);
        return 1;
    }
    if (strcmp(name, "class") == 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, lua->declared_reference);
        lua_rawgeti(L, -1, lua->user_class + 1);
        lua_rawgeti(L, -1, 1);
        return 1;
    }
    return 0;
}

static int share(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    size_t length;
    const char *text = lua_touserdata(L, 1);
    length = (size_t)lua_tointeger(L, 2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->self_index_reference);
    if (length > 0) cicada_push_json(L, text, length); else lua_pushnil(L);
    lua_setfield(L, -2, "shared");
    return 0;
}

bool cicada_share(cicada_lua *lua, const char *text, size_t length) {
    lua_State *L = lua->main;
    lua_pushcfunction(L, share);
    lua_pushlightuserdata(L, (void *)text);
    lua_pushinteger(L, (lua_Integer)length);
    if (lua_pcall(L, 2, 0, 0) == LUA_OK) return true;
    lua_pop(L, 1);
    return false;
}

void cicada_set_up_control(lua_State *L, cicada_lua *lua) {
    lua_register(L, "stop_user", stop_user);
    lua_register(L, "stop_run", stop_run);
    lua_register(L, "leave", leave);
    for (int is_timing = 0; is_timing <= 1; is_timing++) {
        lua_pushboolean(L, is_timing);
        lua_pushcclosure(L, measure, 1);
        lua_setglobal(L, is_timing ? "timing" : "counter");
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->self_index_reference);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_user_field);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

// What a user does while it runs: requests, sleep, uuid, timestamp.
#include <string.h>
#include <strings.h>

#include "internal.h"

static const char *const method_names[] = {"get", "post", "put", "patch", "delete", "head", "options", "trace"};
#define METHOD_COUNT ((int)(sizeof method_names / sizeof *method_names))

void cicada_demand_step(lua_State *L, cicada_lua *lua, const char *what) {
    const char *why = NULL;
    if (lua->is_loading) {
        why = "while the script is being loaded, since every worker loads it";
    } else if (lua->is_pausing) {
        why = "in a wait function";
    } else if (lua->running == NULL || lua->is_closing) {
        why = "after a step has been broken off";
    } else if (L != lua->running) {
        why = "inside a coroutine of the script";
    } else if (!lua_isyieldable(L)) {
        why = "inside a function that Lua's library calls (string.gsub, table.sort, ...)";
    }
    if (why != NULL) luaL_error(L, "%s cannot be used %s: call it directly in on_start or in a task", what, why);
}

#define METHODS "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS and TRACE"

int cicada_find_method(const char *name) {
    int method = 0;
    while (method < METHOD_COUNT && strcasecmp(name, method_names[method]) != 0) method++;
    return method < METHOD_COUNT ? method : -1;
}

static int ask(lua_State *L, cicada_lua *lua, int method) {
    if (L != lua->running || lua->is_closing || !lua_isyieldable(L)) cicada_demand_step(L, lua, "a request");
    cicada_retire_responses(L, lua);
    lua->command = CICADA_COMMAND_REQUEST;
    lua->method = method;
    return lua_yieldk(L, lua_gettop(L), 0, cicada_request_answered);
}

static int request(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    int method = (int)lua_tointeger(L, lua_upvalueindex(1));
    if (lua_touserdata(L, 1) != lua->http_object) {
        const char *name = method_names[method];
        return luaL_error(L, "http:%s is called with a colon: write self.http:%s(\"/path\")", name, name);
    }
    return ask(L, lua, method);
}

// self.http:request(method, url, options)
static int request_by_name(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    if (lua_touserdata(L, 1) != lua->http_object) {
        return luaL_error(L, "http:request is called with a colon: write self.http:request(\"GET\", \"/path\")");
    }
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "http:request needs a method as a text, not %s: write self.http:request(\"GET\", \"/path\")",
                          luaL_typename(L, 2));
    }
    int method = cicada_find_method(lua_tostring(L, 2));
    if (method < 0) return luaL_error(L, "http:request does not know the method '%s': there are " METHODS, lua_tostring(L, 2));
    lua_remove(L, 2);
    return ask(L, lua, method);
}

static int clear_cookies(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    if (lua_touserdata(L, 1) != lua->http_object) {
        return luaL_error(L, "http:clear_cookies is called with a colon: write self.http:clear_cookies()");
    }
    cicada_demand_step(L, lua, "http:clear_cookies");
    lua->clears_cookies = true;
    lua->has_notes = true;
    return 0;
}

static int unknown_method(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    return luaL_error(L, "http has no function '%s': it has get, post, put, patch, delete, head, options, trace, request, batch and "
                         "clear_cookies", name);
}

static int woken(lua_State *L, int status, lua_KContext context) {
    (void)L, (void)status, (void)context;
    return 0;
}

static int sleep(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_step(L, lua, "sleep");
    double seconds = cicada_check_seconds(L, 1, "sleep");
    cicada_retire_responses(L, lua);
    lua->command = CICADA_COMMAND_SLEEP;
    lua->sleep_nanoseconds = (int64_t)(seconds * 1e9 + 0.5);
    return lua_yieldk(L, 0, 0, woken);
}

void cicada_demand_running(lua_State *L, cicada_lua *lua, const char *what) {
    if (!lua->is_loading) return;
    luaL_error(L, "%s cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task", what);
}

// Returns one of Swift's texts.
static int text(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_text which = (cicada_text)lua_tointeger(L, lua_upvalueindex(1));
    cicada_demand_running(L, lua, which == CICADA_TEXT_UUID ? "uuid" : "timestamp");
    char buffer[CICADA_TEXT_ROOM];
    lua_pushlstring(L, buffer, lua->host.text(lua->host.owner, which, buffer));
    return 1;
}

static void add_text_function(lua_State *L, const char *name, cicada_text which) {
    lua_pushinteger(L, which);
    lua_pushcclosure(L, text, 1);
    lua_setglobal(L, name);
}

void cicada_set_up_actions(lua_State *L, cicada_lua *lua) {
    lua->http_object = lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_createtable(L, 0, METHOD_COUNT + 3);
    for (int i = 0; i < METHOD_COUNT; i++) {
        lua_pushinteger(L, i);
        lua_pushcclosure(L, request, 1);
        lua_setfield(L, -2, method_names[i]);
    }
    lua_pushcfunction(L, request_by_name);
    lua_setfield(L, -2, "request");
    lua_pushcfunction(L, cicada_batch);
    lua_setfield(L, -2, "batch");
    lua_pushcfunction(L, clear_cookies);
    lua_setfield(L, -2, "clear_cookies");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, unknown_method);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);

    // Every `self` finds `http` through its metatable, so it costs a user nothing.
    lua_createtable(L, 0, 2);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "http");
    lua_pushvalue(L, -1);
    lua->self_index_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua->self_metatable_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);

    lua_register(L, "sleep", sleep);
    add_text_function(L, "uuid", CICADA_TEXT_UUID);
    add_text_function(L, "timestamp", CICADA_TEXT_TIMESTAMP);
}

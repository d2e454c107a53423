// The users of a state and the coroutines that run their steps.
#include <stdio.h>
#include <string.h>

#include "internal.h"

static int make_user(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    lua_Integer slot = lua_tointeger(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->users_reference);
    if (lua_rawgeti(L, -1, slot / CICADA_PAGE + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, CICADA_PAGE, 0);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, slot / CICADA_PAGE + 1);
    }
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->self_metatable_reference);
    lua_setmetatable(L, -2);
    lua_rawseti(L, -2, slot % CICADA_PAGE + 1);
    return 0;
}

bool cicada_make_user(cicada_lua *lua, int slot) {
    lua_State *L = lua->main;
    lua_pushcfunction(L, make_user);
    lua_pushinteger(L, slot);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) return true;
    lua_pop(L, 1);
    return false;
}

void cicada_drop_user(cicada_lua *lua, int slot) {
    lua_State *L = lua->main;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->users_reference);
    if (lua_rawgeti(L, -1, slot / CICADA_PAGE + 1) == LUA_TTABLE) {
        lua_pushnil(L);
        lua_rawseti(L, -2, slot % CICADA_PAGE + 1);  // cannot raise: the slot is in the page's array part
    }
    lua_pop(L, 2);
}

static int make_coroutine(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->coroutines_reference);
    lua_State *coroutine = lua_newthread(L);
    lua_rawseti(L, -2, lua_tointeger(L, 1) + 1);
    lua_pushlightuserdata(L, coroutine);
    return 1;
}

lua_State *cicada_make_coroutine(cicada_lua *lua, int index) {
    lua_State *L = lua->main;
    lua_pushcfunction(L, make_coroutine);
    lua_pushinteger(L, index);
    lua_State *coroutine = lua_pcall(L, 1, 1, 0) == LUA_OK ? lua_touserdata(L, -1) : NULL;
    lua_pop(L, 1);
    return coroutine;
}

void cicada_drop_coroutine(cicada_lua *lua, int index) {
    lua_State *L = lua->main;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->coroutines_reference);
    lua_pushnil(L);
    lua_rawseti(L, -2, index + 1);  // cannot raise: the key exists
    lua_pop(L, 1);
}

#define LONGEST_BURST 1000000000
#define LONGEST_CLOSING 250000000

static int finish_step(lua_State *L, int status, lua_KContext context) {
    (void)context;
    if (status == LUA_OK || status == LUA_YIELD) return 1;
    cicada_note_status(L, status);
    return 0;
}

// The first function of a coroutine that runs a step: its arguments are the message handler, the script's function and `self`.
static int step(lua_State *L) { return finish_step(L, lua_pcallk(L, 1, 1, 1, 0, finish_step), 0); }

static cicada_return run(cicada_lua *lua, lua_State *coroutine, int arguments) {
    int results;
    lua->command = CICADA_COMMAND_NONE;
    lua->running = coroutine;
    lua->current = coroutine;
    cicada_begin_burst(lua);
    int status = lua_resume(coroutine, lua->main, arguments, &results);
    if (status == LUA_YIELD && lua->unwinding != CICADA_UNWINDING_NONE) {
        // Its calls have been left; now its variables are closed. A state without memory is not touched any more.
        lua->step_status = LUA_ERRRUN;
        if (lua->unwinding != CICADA_UNWINDING_MEMORY) lua_resetthread(coroutine);
    } else if (status != LUA_OK && status != LUA_YIELD) {
        cicada_note_status(coroutine, status);
        lua_resetthread(coroutine);
    }
    lua->running = NULL;
    lua->current = lua->main;
    lua->live_response = NULL;
    lua->live_count = 0;
    if (status == LUA_YIELD && lua->step_status == LUA_OK) return CICADA_RETURN_YIELDED;
    return lua->step_status == LUA_OK ? CICADA_RETURN_ENDED : CICADA_RETURN_FAILED;
}

void cicada_push_self(lua_State *L, cicada_lua *lua, int slot) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->users_reference);
    lua_rawgeti(L, -1, slot / CICADA_PAGE + 1);
    lua_rawgeti(L, -1, slot % CICADA_PAGE + 1);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

// Makes the state ready to run code of a user.
static void prepare(cicada_lua *lua) {
    lua->step_status = LUA_OK;
    lua->unwinding = CICADA_UNWINDING_NONE;
    lua->is_closing = false;
    lua->error_line = 0;
    lua->error_text_length = 0;
    lua->burst_limit = LONGEST_BURST;
}

cicada_return cicada_begin(cicada_lua *lua, lua_State *coroutine, int function_reference, int slot) {
    prepare(lua);
    lua_settop(coroutine, 0);
    lua_pushcfunction(coroutine, step);
    lua_pushcfunction(coroutine, cicada_describe_error);
    lua_rawgeti(coroutine, LUA_REGISTRYINDEX, function_reference);
    cicada_push_self(coroutine, lua, slot);
    return run(lua, coroutine, 3);
}

cicada_return cicada_resume(cicada_lua *lua, lua_State *coroutine) {
    prepare(lua);
    lua_settop(coroutine, 0);
    return run(lua, coroutine, 0);
}

void cicada_reset(cicada_lua *lua, lua_State *coroutine) {
    prepare(lua);
    lua->running = coroutine;
    lua->current = coroutine;
    lua->is_closing = true;
    lua->burst_limit = LONGEST_CLOSING;
    cicada_begin_burst(lua);
    lua_resetthread(coroutine);
    lua->is_closing = false;
    lua->running = NULL;
    lua->current = lua->main;
    lua_settop(coroutine, 0);
}

bool cicada_pause(cicada_lua *lua, int function_reference, int slot, double *seconds) {
    lua_State *L = lua->main;
    prepare(lua);
    lua->is_pausing = true;
    cicada_begin_burst(lua);
    lua_pushcfunction(L, cicada_describe_error);
    lua_rawgeti(L, LUA_REGISTRYINDEX, function_reference);
    cicada_push_self(L, lua, slot);
    int status = lua_pcall(L, 1, 1, -3);
    if (status != LUA_OK) {
        cicada_note_status(L, status);
    } else if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= 0 && lua_tonumber(L, -1) <= 1e9)) {
        char shown[40];
        size_t length = lua_type(L, -1) == LUA_TNUMBER ? cicada_format_number(lua_tonumber(L, -1), shown) : 0;
        shown[length] = '\0';
        lua->step_status = LUA_ERRRUN;
        lua->error_stack_length = 0;
        lua->error_text_length = (size_t)snprintf(
            lua->error_text, CICADA_ERROR_ROOM, "the wait function must return a number of seconds from 0 to 1000000000, not %s",
            length > 0 ? shown : luaL_typename(L, -1));
    } else {
        *seconds = lua_tonumber(L, -1);
    }
    lua_pop(L, 2);
    lua->is_pausing = false;
    return lua->step_status == LUA_OK;
}

void cicada_refuse(cicada_lua *lua, const char *text, size_t length) {
    if (length > sizeof lua->refusal) length = sizeof lua->refusal;
    memcpy(lua->refusal, text, length);
    lua->refusal_length = length;
    lua->answer = CICADA_ANSWER_REFUSAL;
}

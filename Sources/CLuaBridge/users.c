// The users of a state and the coroutines that run their steps.
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

static cicada_return run(cicada_lua *lua, lua_State *coroutine, int arguments) {
    int results;
    lua->command = CICADA_COMMAND_NONE;
    lua->running = coroutine;
    int status = lua_resume(coroutine, lua->main, arguments, &results);
    lua->running = NULL;
    lua->live_response = NULL;
    lua->live_count = 0;
    if (status == LUA_YIELD) return CICADA_RETURN_YIELDED;
    if (status != LUA_OK) return CICADA_RETURN_FAILED;
    lua_settop(coroutine, 0);
    return CICADA_RETURN_ENDED;
}

cicada_return cicada_begin(cicada_lua *lua, lua_State *coroutine, int function_reference, int slot) {
    lua_rawgeti(coroutine, LUA_REGISTRYINDEX, function_reference);
    lua_rawgeti(coroutine, LUA_REGISTRYINDEX, lua->users_reference);
    lua_rawgeti(coroutine, -1, slot / CICADA_PAGE + 1);
    lua_rawgeti(coroutine, -1, slot % CICADA_PAGE + 1);
    lua_replace(coroutine, -3);
    lua_pop(coroutine, 1);
    return run(lua, coroutine, 1);
}

cicada_return cicada_resume(cicada_lua *lua, lua_State *coroutine) {
    lua_settop(coroutine, 0);
    return run(lua, coroutine, 0);
}

void cicada_reset(cicada_lua *lua, lua_State *coroutine) {
    lua->running = coroutine;
    lua->is_closing = true;
    lua_resetthread(coroutine);
    lua->is_closing = false;
    lua->running = NULL;
    lua_settop(coroutine, 0);
}

void cicada_refuse(cicada_lua *lua, const char *text, size_t length) {
    if (length > sizeof lua->refusal) length = sizeof lua->refusal;
    memcpy(lua->refusal, text, length);
    lua->refusal_length = length;
    lua->answer = CICADA_ANSWER_REFUSAL;
}

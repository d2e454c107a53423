// What a script may use of Lua's own library: nothing that reaches files, processes, native code or another user's coroutine.
#include <stdio.h>
#include <string.h>

#include "internal.h"

// coroutine.yield, except where it would suspend a task: there only requests and sleep() suspend.
static int yield(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    if (L == lua->running || L == lua->main) {
        return luaL_error(L, "coroutine.yield can be used only inside a coroutine that the script made itself");
    }
    return lua_yield(L, lua_gettop(L));
}

// coroutine.running, except that a task does not learn its own coroutine: another user could resume or close it.
static int running(lua_State *L) {
    if (L == bridge_of(L)->running || lua_pushthread(L)) {
        lua_pushnil(L);
        lua_pushboolean(L, 1);
        return 2;
    }
    lua_pushboolean(L, 0);
    return 2;
}

// setmetatable, except that __gc is refused: the collector runs at any time, between users.
static int set_metatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not available to scripts: use a <close> variable");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

// What of a printed line goes to the log.
#define LONGEST_LINE 4096

static int print(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    int count = lua_gettop(L);
    char line[LONGEST_LINE + 48];
    size_t length = 0;
    double cut = 0;
    for (int i = 1; i <= count; i++) {
        size_t size;
        const char *text = luaL_tolstring(L, i, &size);
        if (i > 1 && length < LONGEST_LINE) line[length++] = '\t';
        size_t kept = size < LONGEST_LINE - length ? size : LONGEST_LINE - length;
        while (kept > 0 && kept < size && ((unsigned char)text[kept] & 0xC0) == 0x80) kept--;  // not inside a character
        memcpy(line + length, text, kept);
        length += kept;
        cut += (double)(size - kept);
        lua_pop(L, 1);
    }
    if (cut > 0) length += (size_t)snprintf(line + length, sizeof line - length, "... (%.0f bytes more)", cut);
    lua->host.log(lua->host.owner, line, length);
    return 0;
}

static void remove_global(lua_State *L, const char *name) {
    lua_pushnil(L);
    lua_setglobal(L, name);
}

void cicada_set_up_sandbox(lua_State *L, cicada_lua *lua) {
    (void)lua;
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},       {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},  {LUA_COLIBNAME, luaopen_coroutine},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    static const char *const removed[] = {"dofile", "loadfile", "load", "collectgarbage", "warn"};
    for (size_t i = 0; i < sizeof removed / sizeof *removed; i++) remove_global(L, removed[i]);
    lua_register(L, "setmetatable", set_metatable);
    lua_register(L, "print", print);

    lua_getglobal(L, LUA_COLIBNAME);
    lua_pushcfunction(L, yield);
    lua_setfield(L, -2, "yield");
    lua_pushcfunction(L, running);
    lua_setfield(L, -2, "running");
    lua_pop(L, 1);

    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);

    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

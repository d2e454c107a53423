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

// While the script is loaded an address would be another one in every state, and so would be what depends on it. Pushes the value at an
// index as a text without one; false: its text has none, or it may be told.
static bool push_without_address(lua_State *L, int index) {
    int type = lua_type(L, index);
    if (!bridge_of(L)->is_loading || type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN || type <= LUA_TNIL) return false;
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    lua_pushstring(L, luaL_typename(L, index));
    return true;
}

static int to_text(lua_State *L) {
    luaL_checkany(L, 1);
    if (!push_without_address(L, 1)) luaL_tolstring(L, 1, NULL);
    return 1;
}

// string.format; upvalue 1 is Lua's own.
static int format(lua_State *L) {
    if (bridge_of(L)->is_loading && lua_type(L, 1) == LUA_TSTRING) {
        int argument = 1;
        size_t length;
        const char *sign = lua_tolstring(L, 1, &length);
        for (const char *end = sign + length; sign < end; sign++) {
            if (*sign != '%') continue;
            if (*++sign == '%') continue;  // there is a NUL behind the last one
            sign += strspn(sign, "-+ #0123456789.");
            argument++;
            if (*sign == 'p') {
                return luaL_error(L, "string.format cannot write %%p while the script is being loaded: addresses differ from worker to worker");
            }
            if (*sign == 's' && argument <= lua_gettop(L) && push_without_address(L, argument)) lua_replace(L, argument);
        }
    }
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
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
        const char *text = push_without_address(L, i) ? lua_tolstring(L, -1, &size) : luaL_tolstring(L, i, &size);
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
    lua_register(L, "tostring", to_text);

    lua_getglobal(L, LUA_COLIBNAME);
    lua_pushcfunction(L, yield);
    lua_setfield(L, -2, "yield");
    lua_pushcfunction(L, running);
    lua_setfield(L, -2, "running");
    lua_pop(L, 1);

    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, format, 1);
    lua_setfield(L, -2, "format");
    lua_pop(L, 1);

    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

// user, task, constant and between: they only note what was declared and where. Swift checks it after the top level has run.
#include <math.h>

#include "internal.h"

static int line_of_caller(lua_State *L) {
    lua_Debug frame;
    return lua_getstack(L, 1, &frame) && lua_getinfo(L, "l", &frame) ? frame.currentline : 0;
}

static void demand_loading(lua_State *L, const char *what) {
    if (!bridge_of(L)->is_loading) luaL_error(L, "%s can be used only at the top level of the script, not while users run", what);
}

// The second half of user "Name" { ... }: upvalue 1 is the declaration, {name, line, table}.
static int user_table(lua_State *L) {
    demand_loading(L, "user");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_rawgeti(L, -1, 1);
    const char *name = lua_tostring(L, -1);
    if (lua_gettop(L) < 3 || lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L, "user \"%s\" must be followed by a table, not %s: write user \"%s\" { ... }", name, luaL_typename(L, 1), name);
    }
    if (lua_rawgeti(L, -2, 3) != LUA_TNIL) return luaL_error(L, "user \"%s\" is already declared: remove one of its tables", name);
    lua_pop(L, 2);
    lua_pushinteger(L, line_of_caller(L));
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 3);
    return 0;
}

static int user(lua_State *L) {
    demand_loading(L, "user");
    if (lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "user needs a name as a text, not %s: write user \"Name\" { ... }", luaL_typename(L, 1));
    }
    if (lua_gettop(L) > 1) return luaL_error(L, "user takes only a name, then a table: write user \"%s\" { ... }", lua_tostring(L, 1));
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->declared_reference);
    lua_createtable(L, 3, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, line_of_caller(L));
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
    lua_pushcclosure(L, user_table, 1);
    return 1;
}

static int task(lua_State *L) {
    demand_loading(L, "task");
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L, "task needs one table, not %s: write task { \"name\", function(self) ... end }", luaL_typename(L, 1));
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->task_lines_reference);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, line_of_caller(L));
    lua_rawset(L, -3);
    lua_settop(L, 1);
    return 1;
}

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

static int push_wait(lua_State *L, double from, double to) {
    cicada_wait *wait = lua_newuserdatauv(L, sizeof *wait, 0);
    wait->from = from;
    wait->to = to;
    luaL_setmetatable(L, "cicada.wait");
    return 1;
}

static int constant(lua_State *L) {
    if (lua_gettop(L) != 1) return luaL_error(L, "constant takes one number of seconds: write constant(1.5)");
    double seconds = cicada_check_seconds(L, 1, "constant");
    return push_wait(L, seconds, seconds);
}

static int between(lua_State *L) {
    if (lua_gettop(L) != 2) return luaL_error(L, "between takes two numbers of seconds: write between(1, 5)");
    double from = cicada_check_seconds(L, 1, "between");
    double to = cicada_check_seconds(L, 2, "between");
    if (from > to) return luaL_error(L, "between needs the smaller number first: write between(%f, %f)", to, from);
    return push_wait(L, from, to);
}

const cicada_wait *cicada_to_wait(cicada_lua *lua, lua_State *stack, int index) {
    if (lua_type(stack, index) != LUA_TUSERDATA || !lua_getmetatable(stack, index)) return NULL;
    bool is_wait = lua_topointer(stack, -1) == lua->wait_metatable;
    lua_pop(stack, 1);
    return is_wait ? lua_touserdata(stack, index) : NULL;
}

void cicada_set_up_declarations(lua_State *L, cicada_lua *lua) {
    lua_newtable(L);
    lua->declared_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua->task_lines_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    luaL_newmetatable(L, "cicada.wait");
    lua->wait_metatable = lua_topointer(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_register(L, "user", user);
    lua_register(L, "task", task);
    lua_register(L, "constant", constant);
    lua_register(L, "between", between);
}

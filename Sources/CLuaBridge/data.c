// env, file and data: what a script takes from the machine on which the run is planned. Swift reads it, or finds it in the plan.
#include "internal.h"

static int fail(lua_State *L, cicada_bytes message) {
    luaL_where(L, 1);
    lua_pushlstring(L, message.start, message.length);
    lua_concat(L, 2);
    return lua_error(L);
}

// env("NAME", default)
static int env(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    int count = lua_gettop(L);
    if (lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "env needs the name of a variable as a text, not %s: write env(\"NAME\")", luaL_typename(L, 1));
    }
    if (count > 2) return luaL_error(L, "env takes a name and a default: write env(\"NAME\", \"default\")");
    size_t length;
    const char *name = lua_tolstring(L, 1, &length);
    cicada_bytes value;
    int found = lua->host.variable(lua->host.owner, name, length, &value);
    if (found < 0) return fail(L, value);
    if (found > 0) lua_pushlstring(L, value.start, value.length); else lua_settop(L, 2);
    return 1;
}

static int file(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_loading(L, "file");
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "file needs one name as a text, not %s: write file(\"name.pem\")", luaL_typename(L, 1));
    }
    size_t length;
    const char *name = lua_tolstring(L, 1, &length);
    cicada_bytes content;
    if (lua->host.file(lua->host.owner, name, length, &content) < 0) return fail(L, content);
    lua_pushlstring(L, content.start, content.length);
    return 1;
}

// The number of the data source at an index; raises when it is none.
static int check_source(lua_State *L, cicada_lua *lua, int index) {
    bool is_source = lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index);
    if (is_source) {
        is_source = lua_topointer(L, -1) == lua->data_metatable;
        lua_pop(L, 1);
    }
    if (!is_source) return luaL_error(L, "row is called with a colon on what data() gave: write accounts:row(self)");
    return *(int *)lua_touserdata(L, index);
}

// Keeps the names of a source's columns: source + 1 to a list of them.
static void keep_column_names(lua_State *L, cicada_lua *lua, int source) {
    int columns;
    lua->host.count_rows(lua->host.owner, source, &columns);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->column_names_reference);
    lua_createtable(L, columns, 0);
    cicada_bytes name;
    for (int i = 0; i < columns; i++) {
        if (lua->host.column(lua->host.owner, source, i, &name)) {
            lua_pushlstring(L, name.start, name.length);
        } else {
            lua_pushinteger(L, i + 1);
        }
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawseti(L, -2, source + 1);
    lua_pop(L, 1);
}

// data("file.csv") or data { "file.csv", per = ..., order = ..., at_end = ... }
static int data(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_loading(L, "data");
    if (L != lua->main) return luaL_error(L, "data cannot be used inside a coroutine: call it directly at the top level");
    if (lua_gettop(L) != 1 || (lua_type(L, 1) != LUA_TSTRING && lua_type(L, 1) != LUA_TTABLE)) {
        return luaL_error(L, "data needs one name or table, not %s: write data(\"file.csv\") or data { \"file.csv\", per = \"user\" }",
                          luaL_typename(L, 1));
    }
    cicada_bytes message;
    int source = lua->host.declare_data(lua->host.owner, cicada_line_of_caller(L), &message);
    if (source < 0) return fail(L, message);
    lua_settop(L, 0);
    keep_column_names(L, lua, source);
    *(int *)lua_newuserdatauv(L, sizeof(int), 0) = source;
    luaL_setmetatable(L, "cicada.data");
    return 1;
}

static void push_row(lua_State *L, cicada_lua *lua, int source, int64_t row) {
    int columns;
    lua->host.count_rows(lua->host.owner, source, &columns);
    if (columns == 0) {
        cicada_bytes line = lua->host.cell(lua->host.owner, source, row, 0);
        cicada_push_json(L, line.start, line.length);
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->column_names_reference);
    lua_rawgeti(L, -1, source + 1);
    lua_createtable(L, 0, columns);
    for (int i = 0; i < columns; i++) {
        cicada_bytes cell = lua->host.cell(lua->host.owner, source, row, i);
        lua_rawgeti(L, -2, i + 1);
        lua_pushlstring(L, cell.start, cell.length);
        lua_rawset(L, -3);
    }
}

static int draw(lua_State *L, int status, lua_KContext source) {
    (void)status;
    cicada_lua *lua = bridge_of(L);
    cicada_bytes message;
    int64_t row = lua->host.draw(lua->host.owner, (int)source, &message);
    lua->has_notes = true;
    if (row >= 0) {
        push_row(L, lua, (int)source, row);
        return 1;
    }
    if (row == CICADA_DRAW_FAILED) return fail(L, message);
    if (row == CICADA_DRAW_STOP) return cicada_unwind(L, CICADA_UNWINDING_STOP_USER);
    cicada_retire_responses(L, lua);
    lua->command = CICADA_COMMAND_ROWS;
    lua->source = (int32_t)source;
    return lua_yieldk(L, 0, source, draw);
}

// accounts:row(self)
static int row(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    int source = check_source(L, lua, 1);
    cicada_demand_step(L, lua, "row");
    if (lua_gettop(L) != 2) return luaL_error(L, "row needs the user: write accounts:row(self)");
    cicada_push_self(L, lua, lua->slot);
    if (!lua_rawequal(L, 2, -1)) return luaL_error(L, "row needs the user whose step this is: write accounts:row(self)");
    lua_settop(L, 0);
    return draw(L, LUA_OK, source);
}

static int count_rows(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    int columns;
    lua_pushinteger(L, lua->host.count_rows(lua->host.owner, check_source(L, lua, 1), &columns));
    return 1;
}

static int find_data_field(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    return luaL_error(L, "a data source has no field '%s': write accounts:row(self) for a user's row and #accounts for the number of rows", name);
}

void cicada_set_up_data(lua_State *L, cicada_lua *lua) {
    lua_newtable(L);
    lua->column_names_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    luaL_newmetatable(L, "cicada.data");
    lua->data_metatable = lua_topointer(L, -1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, row);
    lua_setfield(L, -2, "row");
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, find_data_field);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, count_rows);
    lua_setfield(L, -2, "__len");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_register(L, "env", env);
    lua_register(L, "file", file);
    lua_register(L, "data", data);
}

// user, task, sequence, group, setup, teardown, load and thresholds: they only note what was declared and where. Swift checks it after the top level has run.
#include "internal.h"

int cicada_line_of_caller(lua_State *L) {
    lua_Debug frame;
    return lua_getstack(L, 1, &frame) && lua_getinfo(L, "l", &frame) ? frame.currentline : 0;
}

void cicada_demand_loading(lua_State *L, const char *what) {
    cicada_lua *lua = bridge_of(L);
    if (lua->is_shaping) luaL_error(L, "%s cannot be used in a shape, which only says how much load there is at a time", what);
    if (!lua->is_loading) luaL_error(L, "%s can be used only at the top level of the script, not while users run", what);
}

// The second half of user "Name" { ... }: upvalue 1 is the declaration, {name, line, table}.
static int user_table(lua_State *L) {
    cicada_demand_loading(L, "user");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_rawgeti(L, -1, 1);
    const char *name = lua_tostring(L, -1);
    if (lua_gettop(L) < 3 || lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L, "user \"%s\" must be followed by a table, not %s: write user \"%s\" { ... }", name, luaL_typename(L, 1), name);
    }
    if (lua_rawgeti(L, -2, 3) != LUA_TNIL) return luaL_error(L, "user \"%s\" is already declared: remove one of its tables", name);
    lua_pop(L, 2);
    lua_pushinteger(L, cicada_line_of_caller(L));
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 3);
    return 0;
}

static int user(lua_State *L) {
    cicada_demand_loading(L, "user");
    if (lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(L, "user needs a name as a text, not %s: write user \"Name\" { ... }", luaL_typename(L, 1));
    }
    if (lua_gettop(L) > 1) return luaL_error(L, "user takes only a name, then a table: write user \"%s\" { ... }", lua_tostring(L, 1));
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->declared_reference);
    lua_createtable(L, 3, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, cicada_line_of_caller(L));
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
    lua_pushcclosure(L, user_table, 1);
    return 1;
}

static const char *const item_names[] = {"task", "sequence", "group"};

// task, sequence and group: upvalue 1 says which.
static int item(lua_State *L) {
    int kind = (int)lua_tointeger(L, lua_upvalueindex(1));
    const char *name = item_names[kind];
    cicada_demand_loading(L, name);
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE) {
        const char *rest = kind == CICADA_ITEM_TASK ? "function(self) ... end" : "task { ... }, task { ... }";
        return luaL_error(L, "%s needs one table, not %s: write %s { \"name\", %s }", name, luaL_typename(L, 1), name, rest);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->items_reference);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, (lua_Integer)cicada_line_of_caller(L) * 4 + kind);
    lua_rawset(L, -3);
    lua_settop(L, 1);
    return 1;
}

bool cicada_to_item(cicada_lua *lua, lua_State *stack, int index, cicada_item *kind, int32_t *line) {
    lua_pushvalue(stack, index);
    lua_rawgeti(stack, LUA_REGISTRYINDEX, lua->items_reference);
    lua_insert(stack, -2);
    lua_rawget(stack, -2);
    bool is_item = lua_isinteger(stack, -1);
    lua_Integer note = lua_tointeger(stack, -1);
    lua_pop(stack, 2);
    *kind = (cicada_item)(note % 4);
    *line = (int32_t)(note / 4);
    return is_item;
}

// setup and teardown: upvalue 1 is true for the latter.
static int once(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    bool is_teardown = lua_toboolean(L, lua_upvalueindex(1));
    const char *name = is_teardown ? "teardown" : "setup";
    int *reference = is_teardown ? &lua->teardown_reference : &lua->setup_reference;
    int32_t *line = is_teardown ? &lua->teardown_line : &lua->setup_line;
    cicada_demand_loading(L, name);
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TFUNCTION) {
        return luaL_error(L, "%s needs one function, not %s: write %s(function(self) ... end)", name, luaL_typename(L, 1), name);
    }
    if (*reference != 0) return luaL_error(L, "%s is already declared on line %d: put both into one function", name, (int)*line);
    *line = cicada_line_of_caller(L);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

// load and thresholds: upvalue 1 is true for the latter.
static int setting(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    bool is_thresholds = lua_toboolean(L, lua_upvalueindex(1));
    const char *name = is_thresholds ? "thresholds" : "load";
    const char *example = is_thresholds ? "\"p95 < 200ms\"" : "users = 100, run_time = \"5m\"";
    int *reference = is_thresholds ? &lua->thresholds_reference : &lua->load_reference;
    int32_t *line = is_thresholds ? &lua->thresholds_line : &lua->load_line;
    cicada_demand_loading(L, name);
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L, "%s needs one table, not %s: write %s { %s }", name, luaL_typename(L, 1), name, example);
    }
    if (*reference != 0) return luaL_error(L, "%s is already declared on line %d: put both into one table", name, (int)*line);
    *line = cicada_line_of_caller(L);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static void add_function(lua_State *L, const char *name, lua_CFunction function, int upvalue) {
    lua_pushinteger(L, upvalue);
    lua_pushcclosure(L, function, 1);
    lua_setglobal(L, name);
}

void cicada_set_up_declarations(lua_State *L, cicada_lua *lua) {
    lua_newtable(L);
    lua->declared_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua->items_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_register(L, "user", user);
    for (int kind = 0; kind <= CICADA_ITEM_GROUP; kind++) add_function(L, item_names[kind], item, kind);
    for (int is_teardown = 0; is_teardown <= 1; is_teardown++) {
        lua_pushboolean(L, is_teardown);
        lua_pushcclosure(L, once, 1);
        lua_setglobal(L, is_teardown ? "teardown" : "setup");
    }
    for (int is_thresholds = 0; is_thresholds <= 1; is_thresholds++) {
        lua_pushboolean(L, is_thresholds);
        lua_pushcclosure(L, setting, 1);
        lua_setglobal(L, is_thresholds ? "thresholds" : "load");
    }
}

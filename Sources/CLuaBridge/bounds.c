// Functions of Lua's library that could take very long or make very long texts in one call: the same functions with bounds.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

// Items that one call of the table library may move or sort.
#define MOST_ITEMS 1000000

void cicada_demand_room(lua_State *L, const char *what, double bytes) {
    cicada_lua *lua = bridge_of(L);
    size_t most = lua->limit_bytes < CICADA_LARGEST_TEXT ? lua->limit_bytes : CICADA_LARGEST_TEXT;
    if (bytes > (double)most) {
        char shown[32];
        snprintf(shown, sizeof shown, "%.0f", bytes);
        luaL_error(L, "%s would make a text of %s bytes; at most %I are allowed", what, shown, (LUAI_UACINT)most);
    }
    // Lua's buffers do not collect garbage before they are refused memory.
    if (bytes > 65536 && (double)lua->used_bytes + 2 * bytes > (double)lua->limit_bytes) lua_gc(L, LUA_GCCOLLECT);
}

// Lua's own function, which a function of ours keeps as its first upvalue; it finds the same arguments on the stack.
static int call_original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

// MARK: - Texts

static int repeat(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    if (count <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    cicada_demand_room(L, "string.rep", (double)count * (double)length + (double)(count - 1) * (double)separator_length);
    size_t total = (size_t)count * length + (size_t)(count - 1) * separator_length;
    if (total == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, total);
    memcpy(room, text, length);
    if (count > 1) memcpy(room + length, separator, separator_length);
    // Doubles what is there: text and separator, again and again.
    for (size_t done = count > 1 ? length + separator_length : length; done < total;) {
        size_t part = done < total - done ? done : total - done;
        memcpy(room + done, room, part);
        done += part;
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

static void add_item(lua_State *L, luaL_Buffer *buffer, lua_Integer index, bool is_plain) {
    if (is_plain) lua_rawgeti(L, 1, index); else lua_geti(L, 1, index);
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)index);
    luaL_addvalue(buffer);
    cicada_charge(L, 1);
    if (luaL_bufflen(buffer) > CICADA_LARGEST_TEXT) cicada_demand_room(L, "table.concat", (double)luaL_bufflen(buffer));
}

static int concatenate(lua_State *L) {
    bool has_metatable = lua_getmetatable(L, 1);
    if (has_metatable) lua_pop(L, 1);
    if (lua_type(L, 1) != LUA_TTABLE && !has_metatable) luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer last = has_metatable ? luaL_len(L, 1) : (lua_Integer)lua_rawlen(L, 1);
    size_t length;
    const char *separator = luaL_optlstring(L, 2, "", &length);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    bool is_plain = !has_metatable && lua_type(L, 1) == LUA_TTABLE;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (; first < last; first++) {
        add_item(L, &buffer, first, is_plain);
        luaL_addlstring(&buffer, separator, length);
    }
    if (first == last) add_item(L, &buffer, first, is_plain);
    luaL_pushresult(&buffer);
    return 1;
}

// string.pack: "c1000000000" is a billion bytes.
static int pack(lua_State *L) {
    const char *format = luaL_checkstring(L, 1);
    double total = 0;
    for (const char *sign = format; *sign != '\0'; sign++) {
        if (*sign != 'c' || !isdigit((unsigned char)sign[1])) continue;
        double size = 0;
        while (isdigit((unsigned char)sign[1])) size = size * 10 + (*++sign - '0');
        total += size;
        cicada_demand_room(L, "string.pack", total);
    }
    return call_original(L);
}

// A function whose time grows with the text that is its first argument.
static int charge_text(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING) cicada_charge(L, lua_rawlen(L, 1));
    return call_original(L);
}

// MARK: - Tables

static void demand_few(lua_State *L, const char *what, double items) {
    if (items > MOST_ITEMS) luaL_error(L, "table.%s takes at most %d items at a time", what, MOST_ITEMS);
    if (items > 0) cicada_charge(L, (size_t)items);
}

// The whole number at an index; false when it is none.
static bool whole(lua_State *L, int index, double *number) {
    int is_whole;
    *number = (double)lua_tointegerx(L, index, &is_whole);
    return is_whole;
}

// Up to this length texts are compared at no noteworthy cost.
#define SHORT_TEXT 1024

// a < b, with the work that two long texts make.
static int is_less(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING && lua_type(L, 2) == LUA_TSTRING) {
        size_t first = lua_rawlen(L, 1), second = lua_rawlen(L, 2);
        cicada_charge(L, first < second ? first : second);
    }
    lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
}

// Whether the items 1 to `count` of the table at index 1 are numbers and short texts.
static bool are_short(lua_State *L, lua_Integer count) {
    bool result = true;
    for (lua_Integer i = 1; i <= count && result; i++) {
        int type = lua_rawgeti(L, 1, i);
        result = type == LUA_TNUMBER || (type == LUA_TSTRING && lua_rawlen(L, -1) <= SHORT_TEXT);
        lua_pop(L, 1);
    }
    return result;
}

// Lua's table.sort asks for the length itself, and a __len might give it another one than was looked at here: such tables are refused.
static int sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer count = luaL_len(L, 1);
    demand_few(L, "sort", (double)count);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL) {
        return luaL_error(L, "table.sort cannot sort a table with a __len of its own: copy the items into a plain table");
    }
    cicada_charge(L, (size_t)count * 8);
    bool has_metatable = lua_getmetatable(L, 1);
    if (has_metatable) lua_pop(L, 1);
    if (lua_isnoneornil(L, 2) && (has_metatable || !are_short(L, count))) {
        lua_settop(L, 1);
        lua_pushcfunction(L, is_less);
    }
    return call_original(L);
}

static int move(lua_State *L) {
    double first, last;
    if (whole(L, 2, &first) && whole(L, 3, &last)) demand_few(L, "move", last - first + 1);
    return call_original(L);
}

// table.insert and table.remove are written anew: Lua's own ask for the length once more, and a __len may answer what it likes.
static int insert(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer end = (lua_Integer)((lua_Unsigned)luaL_len(L, 1) + 1);
    lua_Integer position = end;
    if (lua_gettop(L) == 3) {
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)position - 1 < (lua_Unsigned)end, 2, "position out of bounds");
        demand_few(L, "insert", (double)end - (double)position);
        for (lua_Integer i = end; i > position; i--) {
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

static int remove_item(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer last = luaL_len(L, 1);
    lua_Integer position = luaL_optinteger(L, 2, last);
    if (position != last) {
        luaL_argcheck(L, (lua_Unsigned)position - 1 <= (lua_Unsigned)last, 2, "position out of bounds");
        demand_few(L, "remove", (double)last - (double)position);
    }
    lua_geti(L, 1, position);
    for (; position < last; position++) {
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

// MARK: - pairs

static int rank(int type) { return type == LUA_TNUMBER ? -2 : type == LUA_TSTRING ? -1 : type; }

// Orders keys: numbers, then texts, then the rest, which has no order.
static int is_before(lua_State *L) {
    int first = lua_type(L, 1), second = lua_type(L, 2);
    bool result = rank(first) < rank(second);
    if (first == LUA_TSTRING && second == LUA_TSTRING) return is_less(L);
    if (first == second && (first == LUA_TNUMBER || first == LUA_TSTRING)) result = lua_compare(L, 1, 2, LUA_OPLT);
    if (first == second && first == LUA_TBOOLEAN) result = lua_toboolean(L, 1) < lua_toboolean(L, 2);
    lua_pushboolean(L, result);
    return 1;
}

// Upvalues: the sorted keys, and how many have been handed out.
static int next_sorted(lua_State *L) {
    lua_Integer position = lua_tointeger(L, lua_upvalueindex(2));
    while (true) {
        if (lua_rawgeti(L, lua_upvalueindex(1), ++position) == LUA_TNIL) return 1;
        lua_pushinteger(L, position);
        lua_replace(L, lua_upvalueindex(2));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) return 2;
        lua_pop(L, 2);
    }
}

// At the top level keys come in order: Lua's own order differs from state to state, and so would what the script declares. Upvalue 2 is
// Lua's table.sort.
static int sorted_pairs(lua_State *L) {
    if (!bridge_of(L)->is_loading || lua_type(L, 1) != LUA_TTABLE || luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_settop(L, lua_gettop(L) < 1 ? 0 : 1);
        return call_original(L);
    }
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_newtable(L);
    lua_Integer count = 0;
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 3, ++count);
    }
    cicada_charge(L, (size_t)count * 32);
    lua_pushvalue(L, 3);
    lua_insert(L, 2);
    lua_pushcfunction(L, is_before);
    lua_call(L, 2, 0);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_sorted, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

// Replaces functions of the library on top of the stack; each keeps the original.
static void replace(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_getfield(L, -1, functions->name);
        lua_pushcclosure(L, functions->func, 1);
        lua_setfield(L, -2, functions->name);
    }
    lua_pop(L, 1);
}

void cicada_set_up_bounds(lua_State *L, cicada_lua *lua) {
    (void)lua;
    static const luaL_Reg basics[] = {{"tonumber", charge_text}, {NULL, NULL}};
    static const luaL_Reg texts[] = {
        {"rep", repeat}, {"pack", pack}, {"lower", charge_text}, {"upper", charge_text}, {"reverse", charge_text}, {NULL, NULL},
    };
    static const luaL_Reg codes[] = {
        {"len", charge_text}, {"offset", charge_text}, {"codepoint", charge_text}, {NULL, NULL},
    };
    static const luaL_Reg tables[] = {
        {"concat", concatenate}, {"move", move}, {"insert", insert}, {"remove", remove_item}, {"sort", sort}, {NULL, NULL},
    };
    lua_getglobal(L, "pairs");
    lua_getglobal(L, LUA_TABLIBNAME);
    lua_getfield(L, -1, "sort");
    lua_remove(L, -2);
    lua_pushcclosure(L, sorted_pairs, 2);
    lua_setglobal(L, "pairs");
    lua_getglobal(L, LUA_GNAME);
    replace(L, basics);
    lua_getglobal(L, LUA_STRLIBNAME);
    replace(L, texts);
    lua_getglobal(L, LUA_UTF8LIBNAME);
    replace(L, codes);
    lua_getglobal(L, LUA_TABLIBNAME);
    replace(L, tables);
}

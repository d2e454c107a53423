// Random numbers and texts for scripts, repeatable from a run's seed.
#include <math.h>
#include <string.h>

#include "internal.h"

void cicada_seed(cicada_lua *lua, uint64_t seed) { lua->random_state = seed; }

uint64_t cicada_next_random(cicada_lua *lua) {
    uint64_t mixed = lua->random_state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

// Evenly from 0 to `limit`, both included: what lies above is drawn again, with as few bits as the limit needs.
static uint64_t draw(cicada_lua *lua, uint64_t limit) {
    if (limit == 0) return 0;
    uint64_t mask = UINT64_MAX >> __builtin_clzll(limit);
    uint64_t drawn;
    do drawn = cicada_next_random(lua) & mask;
    while (drawn > limit);
    return drawn;
}

// math.random([from,] [to])
static int random_number(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_running(L, lua, "math.random");
    lua_Integer from = 1, to;
    switch (lua_gettop(L)) {
        case 0: lua_pushnumber(L, (double)(cicada_next_random(lua) >> 11) * 0x1p-53); return 1;
        case 1:
            to = luaL_checkinteger(L, 1);
            if (to == 0) {
                lua_pushinteger(L, (lua_Integer)cicada_next_random(lua));
                return 1;
            }
            break;
        case 2:
            from = luaL_checkinteger(L, 1);
            to = luaL_checkinteger(L, 2);
            break;
        default: return luaL_error(L, "math.random takes at most two numbers: write math.random(1, 6)");
    }
    luaL_argcheck(L, from <= to, lua_gettop(L), "interval is empty");
    lua_pushinteger(L, (lua_Integer)((uint64_t)from + draw(lua, (uint64_t)to - (uint64_t)from)));
    return 1;
}

static lua_Integer check_list(lua_State *L, const char *what) {
    if (lua_type(L, 1) != LUA_TTABLE) luaL_error(L, "%s needs a list, not %s", what, luaL_typename(L, 1));
    return (lua_Integer)lua_rawlen(L, 1);
}

// random.choice(list)
static int choice(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_running(L, lua, "random.choice");
    lua_Integer count = check_list(L, "random.choice");
    if (count == 0) return luaL_error(L, "random.choice cannot choose from an empty list");
    lua_rawgeti(L, 1, 1 + (lua_Integer)draw(lua, (uint64_t)count - 1));
    return 1;
}

// random.shuffle(list): a new list (Fisher and Yates)
static int shuffle(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_running(L, lua, "random.shuffle");
    lua_Integer count = check_list(L, "random.shuffle");
    if (count > 10000000) return luaL_error(L, "random.shuffle takes a list of at most 10000000 items");
    lua_createtable(L, (int)count, 0);
    int list = lua_gettop(L);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, list, i);
    }
    for (lua_Integer i = count; i > 1; i--) {
        lua_Integer other = 1 + (lua_Integer)draw(lua, (uint64_t)i - 1);
        lua_rawgeti(L, list, i);
        lua_rawgeti(L, list, other);
        lua_rawseti(L, list, i);
        lua_rawseti(L, list, other);
    }
    return 1;
}

#define LONGEST_RANDOM (1 << 20)

static size_t check_length(lua_State *L, int index, const char *what) {
    int is_number;
    lua_Integer length = lua_tointegerx(L, index, &is_number);
    if (!is_number || lua_type(L, index) != LUA_TNUMBER || length < 0 || length > LONGEST_RANDOM) {
        luaL_error(L, "%s needs a length from 0 to %d", what, LONGEST_RANDOM);
    }
    return (size_t)length;
}

// random.text(length [, alphabet])
static int text(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_running(L, lua, "random.text");
    size_t length = check_length(L, 1, "random.text");
    size_t count = 62;
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if (!lua_isnoneornil(L, 2)) alphabet = cicada_check_text(L, 2, "random.text", 65536, &count);
    if (count == 0) return luaL_error(L, "random.text has an empty alphabet: give at least one character");
    bool is_ascii = true;
    for (size_t i = 0; i < count; i++) is_ascii = is_ascii && (unsigned char)alphabet[i] < 128;
    if (!is_ascii) return luaL_error(L, "random.text takes an alphabet of ASCII characters: use random.choice with a list for others");
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) room[i] = alphabet[draw(lua, count - 1)];
    luaL_pushresultsize(&buffer, length);
    return 1;
}

// random.bytes(length)
static int bytes(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_demand_running(L, lua, "random.bytes");
    size_t length = check_length(L, 1, "random.bytes");
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i += 8) {
        uint64_t drawn = cicada_next_random(lua);
        memcpy(room + i, &drawn, length - i < 8 ? length - i : 8);
    }
    luaL_pushresultsize(&buffer, length);
    return 1;
}

void cicada_set_up_random(lua_State *L, cicada_lua *lua) {
    (void)lua;
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_pushcfunction(L, random_number);
    lua_setfield(L, -2, "random");
    lua_pushnil(L);
    lua_setfield(L, -2, "randomseed");
    lua_pop(L, 1);
    static const luaL_Reg functions[] = {{"choice", choice}, {"shuffle", shuffle}, {"text", text}, {"bytes", bytes}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_setglobal(L, "random");
}

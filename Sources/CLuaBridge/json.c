// json: reading by jansson; writing by Swift, which writes request bodies in the same way.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// Bounds of a text that is read: they bound time and memory, since jansson first builds a tree of its own.
#define LONGEST_JSON ((size_t)16 << 20)
#define MOST_VALUES 1000000
#define DEEPEST 100

// What a look over a text tells before it is read.
typedef struct outline {
    size_t values;     // one more than there are, at most
    size_t depth;      // of the deepest value
    size_t big_count;  // integers that do not fit into 64 bits
} outline;

// True when an integer of so many digits does not fit into 64 bits.
static bool is_big(const char *digits, size_t count, bool is_negative) {
    if (count != 19) return count > 19;
    return memcmp(digits, is_negative ? "9223372036854775808" : "9223372036854775807", 19) > 0;
}

// Looks over a text. With `room`, copies it there and makes floats of integers that do not fit: ".0" behind each. Stops at `stop` bytes of
// the copy, and answers with how many bytes of the text these are.
static size_t look_over(const char *text, size_t length, outline *seen, char *room, size_t stop) {
    size_t depth = 0, written = 0;
    *seen = (outline){.values = 1};
    for (size_t i = 0; i < length;) {
        size_t begin = i;
        char byte = text[i++];
        bool big = false;
        if (byte == '"') {
            while (i < length && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
            i = i < length ? i + 1 : length;
        } else if (byte == '[' || byte == '{') {
            seen->values++;
            if (++depth > seen->depth) seen->depth = depth;
        } else if (byte == ']' || byte == '}') {
            if (depth > 0) depth--;
        } else if (byte == ',') {
            seen->values++;
        } else if (byte == '-' || (byte >= '0' && byte <= '9')) {
            size_t digits = byte == '-' ? i : begin;
            while (i < length && text[i] >= '0' && text[i] <= '9') i++;
            bool is_integer = i >= length || (text[i] != '.' && text[i] != 'e' && text[i] != 'E');
            big = is_integer && i > digits && is_big(text + digits, i - digits, byte == '-');
            if (!is_integer) {
                while (i < length && strchr("0123456789.eE+-", text[i]) != NULL && text[i] != 0) i++;
            }
        }
        if (room != NULL) {
            memcpy(room + written, text + begin, i - begin);
            if (big) memcpy(room + written + (i - begin), ".0", 2);
        }
        if (written + (i - begin) >= stop) return begin + (stop - written);
        written += i - begin + (big ? 2 : 0);
        seen->big_count += big;
    }
    return length;
}

static void push_value(lua_State *L, const json_t *value) {
    switch (json_typeof(value)) {
        case JSON_OBJECT: {
            lua_createtable(L, 0, (int)json_object_size(value));
            json_t *object = (json_t *)(uintptr_t)value;
            for (void *member = json_object_iter(object); member != NULL; member = json_object_iter_next(object, member)) {
                lua_pushlstring(L, json_object_iter_key(member), json_object_iter_key_len(member));
                push_value(L, json_object_iter_value(member));
                lua_rawset(L, -3);
            }
            break;
        }
        case JSON_ARRAY: {
            size_t count = json_array_size(value);
            lua_createtable(L, (int)count, 0);
            for (size_t i = 0; i < count; i++) {
                push_value(L, json_array_get(value, i));
                lua_rawseti(L, -2, (lua_Integer)i + 1);
            }
            if (count == 0) luaL_setmetatable(L, "cicada.array");
            break;
        }
        case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
        case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
        case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
        case JSON_TRUE: lua_pushboolean(L, 1); break;
        case JSON_FALSE: lua_pushboolean(L, 0); break;
        case JSON_NULL: lua_rawgeti(L, LUA_REGISTRYINDEX, bridge_of(L)->json_null_reference); break;
    }
}

// Slots of the stack that a value needs while it is pushed, and some more.
#define STACK_SLOTS (4 * DEEPEST + 20)

// A tree that is freed even when Lua raises an error meanwhile: a user value of type "cicada.tree".
static json_t **push_tree(lua_State *L) {
    // Now, while there is no tree: afterwards only a lack of memory can raise, which ends the script, and no script makes trees that the
    // collector, which does not know how large they are, would leave.
    luaL_checkstack(L, STACK_SLOTS, "json goes too deep");
    json_t **tree = lua_newuserdatauv(L, sizeof *tree, 0);
    *tree = NULL;
    luaL_setmetatable(L, "cicada.tree");
    return tree;
}

static void let_go(json_t **tree) {
    json_decref(*tree);
    *tree = NULL;
}

static int free_tree(lua_State *L) {
    let_go(lua_touserdata(L, 1));
    return 0;
}

static void describe_place(lua_State *L, const char *text, size_t position, const char *what) {
    int line = 1, column = 1;
    for (size_t i = 0; i < position; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    lua_pushfstring(L, "line %d, column %d: %s", line, column, what);
}

// Reads a text into `tree`. False: the reason is on top of the stack.
static bool read_tree(lua_State *L, const char *text, size_t length, json_t **tree) {
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (length > LONGEST_JSON) {
        lua_pushfstring(L, "the text has %I bytes; at most %I are read", (lua_Integer)length, (lua_Integer)LONGEST_JSON);
        return false;
    }
    outline seen;
    look_over(text, length, &seen, NULL, SIZE_MAX);
    if (seen.depth > DEEPEST) {
        lua_pushfstring(L, "it goes deeper than %d arrays and objects", DEEPEST);
        return false;
    }
    if (seen.values > MOST_VALUES) {
        lua_pushfstring(L, "it holds more than %d values", MOST_VALUES);
        return false;
    }
    cicada_charge(L, 4 * length);
    const char *source = text;
    size_t source_length = length;
    if (seen.big_count > 0) {
        source_length += 2 * seen.big_count;
        char *copy = lua_newuserdatauv(L, source_length, 0);
        look_over(text, length, &seen, copy, SIZE_MAX);
        source = copy;
    }
    json_error_t error;
    *tree = json_loadb(source, source_length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (*tree != NULL) {
        if (seen.big_count > 0) lua_pop(L, 1);
        return true;
    }
    size_t position = error.position > 0 ? (size_t)error.position - 1 : 0;  // of the last byte that was read
    if (position > source_length) position = source_length;
    if (seen.big_count > 0) position = look_over(text, length, &seen, NULL, position);
    if (position > length) position = length;
    describe_place(L, text, position, error.text);
    return false;
}

void cicada_push_json(lua_State *L, const char *text, size_t length) {
    json_t **tree = push_tree(L);
    int place = lua_gettop(L);
    if (!read_tree(L, text, length, tree)) {
        luaL_where(L, 1);
        lua_pushliteral(L, "this is not JSON: ");
        lua_pushvalue(L, -3);
        lua_concat(L, 3);
        lua_error(L);
    }
    push_value(L, *tree);
    let_go(tree);
    lua_remove(L, place);
}

static int decode_for_swift(lua_State *L) {
    cicada_push_json(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
    return 1;
}

bool cicada_decode_json(cicada_lua *lua, const char *text, size_t length) {
    lua_State *L = lua->main;
    lua_pushcfunction(L, decode_for_swift);
    lua_pushlightuserdata(L, (void *)(uintptr_t)text);
    lua_pushinteger(L, (lua_Integer)length);
    return lua_pcall(L, 2, 1, 0) == LUA_OK;
}

// One step of a path: a name, or an index from 1.
typedef struct step {
    const char *name;  // NULL: an index
    size_t length;
} step;

#define PATH_HELP ": write names with dots between, [1] for items, [\"odd name\"] for others: data.items[1].id"

// Reads the step at `*at`; raises when there is none. Positions are counted from 1.
static step read_step(lua_State *L, const char *path, const char **at, const char *end) {
    const char *begin = *at;
    if (*begin == '[' && begin + 1 < end && (begin[1] == '"' || begin[1] == '\'')) {
        const char *close = memchr(begin + 2, begin[1], (size_t)(end - begin - 2));
        if (close == NULL || close + 1 >= end || close[1] != ']') {
            luaL_error(L, "the path lacks a quote and ] for the [ at position %d" PATH_HELP, (int)(begin - path) + 1);
        }
        *at = close + 2;
        return (step){begin + 2, (size_t)(close - begin - 2)};
    }
    if (*begin == '[') {
        size_t index = 0;
        const char *digit = begin + 1;
        while (digit < end && *digit >= '0' && *digit <= '9' && index < 1000000000) index = index * 10 + (size_t)(*digit++ - '0');
        if (digit == begin + 1 || digit >= end || *digit != ']' || index == 0) {
            luaL_error(L, "the path needs a number from 1 and ] behind the [ at position %d" PATH_HELP, (int)(begin - path) + 1);
        }
        *at = digit + 1;
        return (step){NULL, index};
    }
    if (begin != path) begin++;  // the dot
    const char *stop = begin;
    while (stop < end && *stop != '.' && *stop != '[' && *stop != ']') stop++;
    if (stop == begin || (begin != path && begin[-1] != '.') || (stop < end && *stop == ']')) {
        luaL_error(L, "the path cannot be read at position %d" PATH_HELP, (int)(stop - path) + 1);
    }
    *at = stop;
    return (step){begin, (size_t)(stop - begin)};
}

static const json_t *follow(const json_t *value, step step) {
    if (step.name == NULL) return json_array_get(value, step.length - 1);
    return json_object_getn(value, step.name, step.length);
}

int cicada_push_json_at(lua_State *L, const char *text, size_t length, int path) {
    size_t path_length = 0;
    const char *begin = "";
    if (!lua_isnoneornil(L, path)) begin = cicada_check_text(L, path, "json", 4096, &path_length);
    const char *end = begin + path_length;
    for (const char *at = begin; at < end;) read_step(L, begin, &at, end);  // the path is wrong whatever the text is
    json_t **tree = push_tree(L);
    int place = lua_gettop(L);
    if (!read_tree(L, text, length, tree)) {
        lua_pushnil(L);
        lua_pushliteral(L, "the body is not JSON: ");
        lua_pushvalue(L, -3);
        lua_concat(L, 2);
        return 2;
    }
    const json_t *value = *tree;
    for (const char *at = begin; at < end && value != NULL;) {
        value = follow(value, read_step(L, begin, &at, end));
        if (value != NULL) continue;
        let_go(tree);
        lua_pushnil(L);
        lua_pushliteral(L, "the body has nothing at ");
        lua_pushlstring(L, begin, (size_t)(at - begin));
        lua_concat(L, 2);
        return 2;
    }
    push_value(L, value);
    let_go(tree);
    lua_remove(L, place);
    return 1;
}

// json.decode(text)
static int decode(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "json.decode", SIZE_MAX, &length);
    cicada_push_json(L, text, length);
    return 1;
}

// json.encode(value)
static int encode(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    cicada_push_encoded(L, bridge_of(L), CICADA_ENCODING_JSON, 1, "json.encode");
    return 1;
}

// json.array(table): marks a table, so that it is written as an array even when it is empty
static int array(lua_State *L) {
    if (lua_isnone(L, 1)) lua_newtable(L);
    if (lua_type(L, 1) != LUA_TTABLE) return luaL_error(L, "json.array needs a list, not %s", luaL_typename(L, 1));
    lua_settop(L, 1);
    if (lua_getmetatable(L, 1)) {
        bool is_marked = lua_topointer(L, -1) == bridge_of(L)->json_array_metatable;
        if (!is_marked) return luaL_error(L, "json.array cannot mark a table that has a metatable");
        lua_pop(L, 1);
    } else {
        luaL_setmetatable(L, "cicada.array");
    }
    return 1;
}

static int null_text(lua_State *L) {
    lua_pushliteral(L, "null");
    return 1;
}

void cicada_set_up_json(lua_State *L, cicada_lua *lua) {
    luaL_newmetatable(L, "cicada.tree");
    lua_pushcfunction(L, free_tree);
    lua_setfield(L, -2, "__gc");
    luaL_newmetatable(L, "cicada.array");
    lua->json_array_metatable = lua_topointer(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);

    static const luaL_Reg functions[] = {{"encode", encode}, {"decode", decode}, {"array", array}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua->json_null = lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, null_text);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua->json_null_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_setfield(L, -2, "null");
    lua_setglobal(L, "json");
}

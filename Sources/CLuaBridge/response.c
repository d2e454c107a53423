// The response of a request. Its body and headers stay in the transport's memory until the script reads them.
#include <ctype.h>
#include <string.h>

#include "internal.h"

typedef struct response {
    int32_t status;
    bool is_transport_failure;
    bool is_truncated;
} response;

enum { BODY = 1, HEADERS = 2 };  // user values: nil until read; HEADERS is the block as a string until it is asked for

int cicada_request_answered(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    cicada_lua *lua = bridge_of(L);
    if (lua->answer == CICADA_ANSWER_REFUSAL) {
        luaL_where(L, 1);
        lua_pushlstring(L, lua->refusal, lua->refusal_length);
        lua_concat(L, 2);
        return lua_error(L);
    }
    response *fresh = lua_newuserdatauv(L, sizeof *fresh, 2);
    fresh->status = lua->outcome.status;
    fresh->is_transport_failure = lua->outcome.is_transport_failure;
    fresh->is_truncated = lua->outcome.is_truncated;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->response_metatable_reference);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, lua->live_reference);
    lua->live_response = fresh;
    return 1;
}

// Pushes a part of the response at an index, copying it out of the outcome the first time.
static int push_part(lua_State *L, cicada_lua *lua, int index, int part) {
    int type = lua_getiuservalue(L, index, part);
    if (type != LUA_TNIL) return type;
    if (lua_touserdata(L, index) != lua->live_response) {
        const char *what = part == BODY ? "body" : "headers";
        return luaL_error(L, "the %s of a response can be read only until its task ends: keep what you need in self", what);
    }
    lua_pop(L, 1);
    if (part == BODY) {
        lua_pushlstring(L, lua->outcome.body, lua->outcome.body_length);
    } else {
        lua_pushlstring(L, lua->outcome.headers, lua->outcome.headers_length);
    }
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, part);
    return LUA_TSTRING;
}

void cicada_retire_response(lua_State *L, cicada_lua *lua) {
    if (lua->live_response == NULL) return;
    int top = lua_gettop(L);
    luaL_checkstack(L, 8, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->live_reference);
    push_part(L, lua, top + 1, BODY);
    push_part(L, lua, top + 1, HEADERS);
    lua_settop(L, top);
    lua->live_response = NULL;
}

static void push_lowercase(lua_State *L, const char *text, size_t length) {
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) room[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    luaL_pushresultsize(&buffer, length);
}

// Replaces the header block on top of the stack by a table: lower-case name to value, values of one name joined by ", ".
static void parse_headers(lua_State *L, cicada_lua *lua) {
    size_t length;
    const char *line = lua_tolstring(L, -1, &length);
    const char *end = line + length;
    lua_createtable(L, 0, 8);
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline != NULL ? newline : end;
        const char *next = newline != NULL ? newline + 1 : end;
        while (stop > line && isspace((unsigned char)stop[-1])) stop--;
        const char *colon = memchr(line, ':', (size_t)(stop - line));
        if (colon != NULL && colon > line && !(stop - line > 5 && memcmp(line, "HTTP/", 5) == 0)) {
            const char *value = colon + 1;
            while (value < stop && isspace((unsigned char)*value)) value++;
            push_lowercase(L, line, (size_t)(colon - line));
            lua_pushvalue(L, -1);
            if (lua_rawget(L, -3) != LUA_TNIL) {
                lua_pushliteral(L, ", ");
                lua_pushlstring(L, value, (size_t)(stop - value));
                lua_concat(L, 3);
            } else {
                lua_pop(L, 1);
                lua_pushlstring(L, value, (size_t)(stop - value));
            }
            lua_rawset(L, -3);
        }
        line = next;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->headers_metatable_reference);
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

static int find_header(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    push_lowercase(L, name, length);
    lua_rawget(L, 1);
    return 1;
}

static int response_field(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    const response *self = lua_touserdata(L, 1);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    switch (cicada_identify(lua, name)) {
        case CICADA_KEY_STATUS: lua_pushinteger(L, self->status); return 1;
        case CICADA_KEY_OK: lua_pushboolean(L, !self->is_transport_failure && self->status >= 200 && self->status < 400); return 1;
        case CICADA_KEY_TRUNCATED: lua_pushboolean(L, self->is_truncated); return 1;
        case CICADA_KEY_BODY: push_part(L, lua, 1, BODY); return 1;
        case CICADA_KEY_HEADERS:
            if (push_part(L, lua, 1, HEADERS) == LUA_TSTRING) {
                parse_headers(L, lua);
                lua_pushvalue(L, -1);
                lua_setiuservalue(L, 1, HEADERS);
            }
            return 1;
        default:
            if (name == NULL) name = luaL_typename(L, 2);
            return luaL_error(L, "a response has no field '%s': it has status, ok, headers, body and truncated", name);
    }
}

static int response_assignment(lua_State *L) { return luaL_error(L, "a response cannot be changed: keep values in a local or in self"); }

#define USAGE ": write check(r, \"what holds\", condition)"

// check(response, description, condition)
static int check(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    response *target = lua_touserdata(L, 1);
    if (target == NULL || target != lua->live_response) {
        bool is_response = target != NULL && lua_getmetatable(L, 1) && lua_topointer(L, -1) == lua->response_metatable;
        if (!is_response) return luaL_error(L, "check needs a response first, not %s" USAGE, luaL_typename(L, 1));
        return luaL_error(L, "check must come before the user's next request or sleep: the response's request has been counted already");
    }
    if (lua_type(L, 2) != LUA_TSTRING || lua_rawlen(L, 2) == 0) {
        return luaL_error(L, "check needs a description second, not %s" USAGE,
                          lua_type(L, 2) == LUA_TSTRING ? "an empty text" : luaL_typename(L, 2));
    }
    if (lua_gettop(L) < 3) return luaL_error(L, "check needs a condition third" USAGE);
    if (!lua_toboolean(L, 3) && lua->failure_length == 0 && !target->is_transport_failure) {
        size_t length;
        const char *description = lua_tolstring(L, 2, &length);
        if (length > sizeof lua->failure) {
            length = sizeof lua->failure;
            while (length > 0 && ((unsigned char)description[length] & 0xC0) == 0x80) length--;  // not inside a character
        }
        memcpy(lua->failure, description, length);
        lua->failure_length = length;
    }
    lua_settop(L, 3);
    return 1;
}

static void push_protected_metatable(lua_State *L, lua_CFunction index) {
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, index);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

void cicada_set_up_responses(lua_State *L, cicada_lua *lua) {
    push_protected_metatable(L, response_field);
    lua_pushcfunction(L, response_assignment);
    lua_setfield(L, -2, "__newindex");
    lua->response_metatable = lua_topointer(L, -1);
    lua->response_metatable_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    push_protected_metatable(L, find_header);
    lua->headers_metatable_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushboolean(L, 0);
    lua->live_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_register(L, "check", check);
}

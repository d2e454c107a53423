// The response of a request. Its body and headers stay in the transport's memory until the script reads them.
#include <ctype.h>
#include <string.h>

#include "response.h"

// User values: nil until needed. HEADERS is the block as a string until it is asked for; MORE is a table of what few scripts read: error,
// url, text, cookies.
enum { BODY = 1, HEADERS = 2, MORE = 3 };

static const cicada_outcome *outcome_of(const cicada_lua *lua, const response *target) {
    return target->number < 0 ? &lua->outcome : &lua->batch_outcomes[target->number];
}

// Pushes a value of the table MORE of the response at an index, and answers with its type.
static int push_more(lua_State *L, int index, const char *name) {
    if (lua_getiuservalue(L, index, MORE) == LUA_TNIL) return LUA_TNIL;
    int type = lua_getfield(L, -1, name);
    lua_remove(L, -2);
    return type;
}

// Takes the value on top of the stack into the table MORE of the response at an index.
static void keep_more(lua_State *L, int index, const char *name) {
    if (lua_getiuservalue(L, index, MORE) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 2);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, index, MORE);
    }
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void cicada_push_response(lua_State *L, cicada_lua *lua, const cicada_outcome *outcome, int number) {
    response *fresh = lua_newuserdatauv(L, sizeof *fresh, 3);
    fresh->figures = outcome->figures;
    fresh->number = number;
    fresh->generation = lua->live_generation;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->response_metatable_reference);
    lua_setmetatable(L, -2);
    if (outcome->words_length > 0) {
        lua_pushlstring(L, outcome->words, outcome->words_length);
        keep_more(L, lua_absindex(L, -2), "error");
    }
    if (outcome->url_length > 0) {
        lua_pushlstring(L, outcome->url, outcome->url_length);
        keep_more(L, lua_absindex(L, -2), "url");
    }
}

int cicada_request_answered(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    cicada_lua *lua = bridge_of(L);
    if (lua->answer == CICADA_ANSWER_REFUSAL) {
        luaL_where(L, 1);
        lua_pushlstring(L, lua->refusal, lua->refusal_length);
        lua_concat(L, 2);
        return lua_error(L);
    }
    lua->live_generation++;
    if (lua->answer == CICADA_ANSWER_BATCH) {
        lua_createtable(L, lua->batch_count, 0);
        for (int i = 0; i < lua->batch_count; i++) {
            cicada_push_response(L, lua, &lua->batch_outcomes[i], i);
            lua_rawseti(L, -2, i + 1);
        }
        lua->live_count = lua->batch_count;
        // A list of our own: the script may change the one that it gets.
        lua_createtable(L, lua->batch_count, 0);
        for (int i = 1; i <= lua->batch_count; i++) {
            lua_rawgeti(L, -2, i);
            lua_rawseti(L, -2, i);
        }
        lua_rawseti(L, LUA_REGISTRYINDEX, lua->live_reference);
        return 1;
    }
    cicada_push_response(L, lua, &lua->outcome, -1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, lua->live_reference);
    lua->live_response = lua_touserdata(L, -1);
    lua->live_count = 1;
    return 1;
}

// Pushes a part of the response at an index, copying it out of the outcome the first time.
static int push_part(lua_State *L, cicada_lua *lua, int index, int part) {
    int type = lua_getiuservalue(L, index, part);
    if (type != LUA_TNIL) return type;
    const response *self = lua_touserdata(L, index);
    if (!is_live(lua, self)) {
        const char *what = part == BODY ? "body" : "headers";
        return luaL_error(L, "the %s of a response can be read only until its task ends: keep what you need in self", what);
    }
    lua_pop(L, 1);
    const cicada_outcome *outcome = outcome_of(lua, self);
    if (part == BODY) {
        lua_pushlstring(L, outcome->body, outcome->body_length);
    } else {
        lua_pushlstring(L, outcome->headers, outcome->headers_length);
    }
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, part);
    return LUA_TSTRING;
}

void cicada_retire_responses(lua_State *L, cicada_lua *lua) {
    if (lua->live_count == 0) return;
    int top = lua_gettop(L);
    luaL_checkstack(L, 8, NULL);
    if (lua_rawgeti(L, LUA_REGISTRYINDEX, lua->live_reference) == LUA_TTABLE) {
        for (int i = 1; i <= lua->live_count; i++) {
            lua_rawgeti(L, top + 1, i);
            push_part(L, lua, top + 2, BODY);
            push_part(L, lua, top + 2, HEADERS);
            lua_settop(L, top + 1);
        }
    } else {
        push_part(L, lua, top + 1, BODY);
        push_part(L, lua, top + 1, HEADERS);
    }
    lua_settop(L, top);
    lua->live_response = NULL;
    lua->live_count = 0;
}

static void push_lowercase(lua_State *L, const char *text, size_t length) {
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) room[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    luaL_pushresultsize(&buffer, length);
}

// Puts the cookie of a Set-Cookie value (RFC 6265, section 5.2) into the table at an index.
static void add_cookie(lua_State *L, int table, const char *value, const char *stop) {
    const char *end = memchr(value, ';', (size_t)(stop - value));
    if (end == NULL) end = stop;
    const char *equals = memchr(value, '=', (size_t)(end - value));
    if (equals == NULL || equals == value) return;
    const char *name_end = equals;
    while (name_end > value && isspace((unsigned char)name_end[-1])) name_end--;
    const char *begin = equals + 1;
    while (begin < end && isspace((unsigned char)*begin)) begin++;
    while (end > begin && isspace((unsigned char)end[-1])) end--;
    lua_pushlstring(L, value, (size_t)(name_end - value));
    lua_pushlstring(L, begin, (size_t)(end - begin));
    lua_rawset(L, table);
}

// Replaces the header block on top of the stack by a table: lower-case name to value, values of one name joined by ", ". Cookies become a
// table of their own in MORE of the response at `self`.
static void parse_headers(lua_State *L, cicada_lua *lua, int self) {
    size_t length;
    const char *line = lua_tolstring(L, -1, &length);
    const char *end = line + length;
    int cookies = 0;
    lua_createtable(L, 0, 8);
    int table = lua_gettop(L);
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
            if (colon - line == 10 && memcmp(lua_tostring(L, -1), "set-cookie", 10) == 0) {
                if (cookies == 0) {
                    lua_createtable(L, 0, 2);
                    lua_insert(L, table + 1);
                    cookies = table + 1;
                }
                add_cookie(L, cookies, value, stop);
            }
            lua_pushvalue(L, -1);
            if (lua_rawget(L, table) != LUA_TNIL) {
                lua_pushliteral(L, ", ");
                lua_pushlstring(L, value, (size_t)(stop - value));
                lua_concat(L, 3);
            } else {
                lua_pop(L, 1);
                lua_pushlstring(L, value, (size_t)(stop - value));
            }
            lua_rawset(L, table);
        }
        line = next;
    }
    if (cookies != 0) {
        lua_pushvalue(L, cookies);
        keep_more(L, self, "cookies");
    }
    lua_settop(L, table);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->headers_metatable_reference);
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

// Pushes the table of the headers of the response at an index.
static void push_headers(lua_State *L, cicada_lua *lua, int index) {
    if (push_part(L, lua, index, HEADERS) != LUA_TSTRING) return;
    parse_headers(L, lua, index);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, HEADERS);
}

static void push_cookies(lua_State *L, cicada_lua *lua, int index) {
    push_headers(L, lua, index);
    lua_pop(L, 1);
    if (push_more(L, index, "cookies") != LUA_TNIL) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    keep_more(L, index, "cookies");
}

static void push_text(lua_State *L, cicada_lua *lua, int index) {
    if (push_more(L, index, "text") != LUA_TNIL) return;
    lua_pop(L, 1);
    push_headers(L, lua, index);
    lua_pushliteral(L, "content-type");
    lua_rawget(L, -2);
    const char *type = lua_tostring(L, -1);
    push_part(L, lua, index, BODY);
    size_t length;
    const char *body = lua_tolstring(L, -1, &length);
    cicada_push_decoded(L, body, length, type);
    lua_pushvalue(L, -1);
    keep_more(L, index, "text");
}

static void push_phases(lua_State *L, const response *self) {
    static const char *const names[] = {"lookup", "connect", "tls", "wait", "receive"};
    lua_createtable(L, 0, 5);
    for (int i = 0; i < 5; i++) {
        if (self->figures.phase_microseconds[i] < 0) continue;
        lua_pushnumber(L, (double)self->figures.phase_microseconds[i] / 1e6);
        lua_setfield(L, -2, names[i]);
    }
}

static int find_header(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    push_lowercase(L, name, length);
    lua_rawget(L, 1);
    return 1;
}

response *cicada_to_response(lua_State *L, const cicada_lua *lua, int index) {
    response *target = lua_touserdata(L, index);
    if (target == NULL || !lua_getmetatable(L, index)) return NULL;
    bool is_response = lua_topointer(L, -1) == lua->response_metatable;
    lua_pop(L, 1);
    return is_response ? target : NULL;
}

// r:json(path)
static int json_of_body(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    if (cicada_to_response(L, lua, 1) == NULL) return luaL_error(L, "json is called with a colon: write r:json() or r:json(\"items[1].id\")");
    lua_settop(L, 2);
    push_part(L, lua, 1, BODY);
    size_t length;
    const char *body = lua_tolstring(L, -1, &length);
    return cicada_push_json_at(L, body, length, 2);
}

static int response_field(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    const response *self = lua_touserdata(L, 1);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    int32_t status = self->figures.status;
    switch (cicada_identify(lua, name)) {
        case CICADA_KEY_STATUS: lua_pushinteger(L, status); return 1;
        case CICADA_KEY_OK: lua_pushboolean(L, !self->figures.is_transport_failure && status >= 200 && status < 400); return 1;
        case CICADA_KEY_TRUNCATED: lua_pushboolean(L, self->figures.is_truncated); return 1;
        case CICADA_KEY_BODY: push_part(L, lua, 1, BODY); return 1;
        case CICADA_KEY_HEADERS: push_headers(L, lua, 1); return 1;
        case CICADA_KEY_JSON: lua_pushcfunction(L, json_of_body); return 1;
        case CICADA_KEY_TEXT: push_text(L, lua, 1); return 1;
        case CICADA_KEY_COOKIES: push_cookies(L, lua, 1); return 1;
        case CICADA_KEY_TIME: lua_pushnumber(L, (double)self->figures.service_nanoseconds / 1e9); return 1;
        case CICADA_KEY_PHASES: push_phases(L, self); return 1;
        case CICADA_KEY_REDIRECTS: lua_pushinteger(L, self->figures.redirects); return 1;
        case CICADA_KEY_URL: push_more(L, 1, "url"); return 1;
        case CICADA_KEY_ERROR: push_more(L, 1, "error"); return 1;
        default:
            if (name == NULL) name = luaL_typename(L, 2);
            return luaL_error(L, "a response has no field '%s': it has status, ok, headers, body, text, json(), truncated, time, phases, "
                                 "redirects, url, error and cookies", name);
    }
}

static int response_assignment(lua_State *L) { return luaL_error(L, "a response cannot be changed: keep values in a local or in self"); }

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
}

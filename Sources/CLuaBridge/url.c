// url: percent-encoding and the parts of a URL (RFC 3986).
#include <string.h>

#include "internal.h"

#define LONGEST_URL ((size_t)1 << 20)

static bool is_unreserved(unsigned char byte) {
    if ((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) return true;
    return byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

// url.encode(text): everything but letters, digits and -._~
static int encode(lua_State *L) {
    static const char digits[] = "0123456789ABCDEF";
    size_t length, written = 0;
    const char *text = cicada_check_text(L, 1, "url.encode", CICADA_LARGEST_TEXT, &length);
    size_t total = length;
    for (size_t i = 0; i < length; i++) total += is_unreserved((unsigned char)text[i]) ? 0 : 2;
    cicada_demand_room(L, "url.encode", (double)total);
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, total);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_unreserved(byte)) {
            room[written++] = (char)byte;
        } else {
            room[written++] = '%';
            room[written++] = digits[byte >> 4];
            room[written++] = digits[byte & 15];
        }
    }
    luaL_pushresultsize(&buffer, written);
    return 1;
}

// url.decode(text)
static int decode(lua_State *L) {
    size_t length, written = 0;
    const char *text = cicada_check_text(L, 1, "url.decode", CICADA_LARGEST_TEXT, &length);
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            room[written++] = text[i];
            continue;
        }
        int high = i + 2 < length ? cicada_hex_digit(text[i + 1]) : -1;
        int low = i + 2 < length ? cicada_hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return luaL_error(L, "url.decode found a %% without two hexadecimal digits at position %I", (lua_Integer)i + 1);
        }
        room[written++] = (char)(high << 4 | low);
        i += 2;
    }
    luaL_pushresultsize(&buffer, written);
    return 1;
}

void cicada_push_encoded(lua_State *L, cicada_lua *lua, cicada_encoding how, int index, const char *what) {
    const char *bytes;
    size_t length;
    luaL_checkstack(L, 8, NULL);
    if (!lua->host.encode(lua->host.owner, how, L, index, &bytes, &length)) {
        cicada_check_time(L);  // it may have come far
        luaL_where(L, 1);
        lua_pushfstring(L, "%s: ", what);
        lua_pushlstring(L, bytes, length);
        lua_concat(L, 3);
        lua_error(L);
    }
    cicada_charge(L, length);
    lua_pushlstring(L, bytes, length);
}

// url.query { name = value }
static int query(lua_State *L) {
    if (lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L, "url.query needs a table, not %s: write url.query { name = value }", luaL_typename(L, 1));
    }
    lua_settop(L, 1);
    cicada_push_encoded(L, bridge_of(L), CICADA_ENCODING_QUERY, 1, "url.query");
    return 1;
}

static void set_part(lua_State *L, const char *name, const char *begin, const char *end) {
    lua_pushlstring(L, begin, (size_t)(end - begin));
    lua_setfield(L, -2, name);
}

static const char *find(const char *begin, const char *end, char wanted) {
    const char *found = memchr(begin, wanted, (size_t)(end - begin));
    return found != NULL ? found : end;
}

static void parse_authority(lua_State *L, const char *begin, const char *end) {
    for (const char *at = end; at > begin; at--) {
        if (at[-1] != '@') continue;
        set_part(L, "user", begin, at - 1);
        begin = at;
        break;
    }
    const char *host_end;
    if (begin < end && *begin == '[') {
        host_end = find(begin, end, ']');
        set_part(L, "host", begin + 1, host_end);
        if (host_end < end) host_end++;
    } else {
        host_end = find(begin, end, ':');
        set_part(L, "host", begin, host_end);
    }
    if (host_end + 1 >= end || *host_end != ':') return;
    lua_Integer port = 0;
    for (const char *digit = host_end + 1; digit < end; digit++) {
        if (*digit < '0' || *digit > '9' || (port = port * 10 + (*digit - '0')) > 65535) {
            luaL_error(L, "url.parse found a port that is no number from 0 to 65535");
        }
    }
    lua_pushinteger(L, port);
    lua_setfield(L, -2, "port");
}

// url.parse(text)
static int parse(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "url.parse", LONGEST_URL, &length);
    const char *end = text + length;
    lua_createtable(L, 0, 6);
    const char *fragment = find(text, end, '#');
    if (fragment < end) set_part(L, "fragment", fragment + 1, end);
    end = fragment;
    const char *query_begin = find(text, end, '?');
    if (query_begin < end) set_part(L, "query", query_begin + 1, end);
    end = query_begin;
    const char *colon = find(text, end, ':');
    bool has_scheme = colon < end && ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z');
    for (const char *at = text; at < colon && has_scheme; at++) {
        has_scheme = is_unreserved((unsigned char)*at) ? *at != '_' && *at != '~' : *at == '+';
    }
    if (has_scheme) {
        luaL_Buffer buffer;
        char *room = luaL_buffinitsize(L, &buffer, (size_t)(colon - text));
        for (const char *at = text; at < colon; at++) room[at - text] = *at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at;
        luaL_pushresultsize(&buffer, (size_t)(colon - text));
        lua_setfield(L, -2, "scheme");
        text = colon + 1;
    }
    if (end - text >= 2 && text[0] == '/' && text[1] == '/') {
        const char *path = find(text + 2, end, '/');
        parse_authority(L, text + 2, path);
        text = path;
    }
    set_part(L, "path", text, end);
    return 1;
}

void cicada_set_up_urls(lua_State *L, cicada_lua *lua) {
    (void)lua;
    static const luaL_Reg functions[] = {{"encode", encode}, {"decode", decode}, {"query", query}, {"parse", parse}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_setglobal(L, "url");
}

// base64 and hex (RFC 4648).
#define _GNU_SOURCE  // memmem
#include <openssl/evp.h>
#include <string.h>

#include "internal.h"

const char *cicada_check_text(lua_State *L, int index, const char *what, size_t limit, size_t *length) {
    if (lua_type(L, index) != LUA_TSTRING) {
        luaL_error(L, "%s needs a text as argument %d, not %s", what, index, luaL_typename(L, index));
    }
    const char *text = lua_tolstring(L, index, length);
    if (*length > limit) luaL_error(L, "%s takes a text of at most %I bytes", what, (lua_Integer)limit);
    cicada_charge(L, *length);
    return text;
}

bool cicada_occurs(const void *bytes, size_t length, const void *wanted, size_t wanted_length) {
    return memmem(bytes, length, wanted, wanted_length) != NULL;
}

// True where the option at an index asks for the alphabet for URLs.
static bool wants_url(lua_State *L, int index, const char *what) {
    if (lua_isnoneornil(L, index)) return false;
    if (lua_type(L, index) != LUA_TSTRING || strcmp(lua_tostring(L, index), "url") != 0) {
        luaL_error(L, "%s has \"url\" as its only option: leave it out for the usual alphabet", what);
    }
    return true;
}

// Pushes bytes as base64; for URLs: with - and _, without padding.
void cicada_push_base64(lua_State *L, const char *bytes, size_t length, bool for_url) {
    cicada_demand_room(L, "base64.encode", (double)((length + 2) / 3 * 4));
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, (length + 2) / 3 * 4 + 1);
    size_t written = (size_t)EVP_EncodeBlock((unsigned char *)room, (const unsigned char *)bytes, (int)length);
    if (for_url) {
        while (written > 0 && room[written - 1] == '=') written--;
        for (size_t i = 0; i < written; i++) room[i] = room[i] == '+' ? '-' : room[i] == '/' ? '_' : room[i];
    }
    luaL_pushresultsize(&buffer, written);
}

// base64.encode(text [, "url"])
static int encode_base64(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "base64.encode", CICADA_LARGEST_TEXT, &length);
    cicada_push_base64(L, text, length, wants_url(L, 2, "base64.encode"));
    return 1;
}

static int sextet(char digit) {
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    if (digit == '+' || digit == '-') return 62;
    return digit == '/' || digit == '_' ? 63 : -1;
}

// base64.decode(text): either alphabet, with or without padding, nothing else
static int decode_base64(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "base64.decode", CICADA_LARGEST_TEXT / 3 * 4 + 4, &length);
    size_t digits = length;
    while (digits > 0 && length - digits < 2 && text[digits - 1] == '=') digits--;
    if (digits % 4 == 1 || (digits < length && length % 4 != 0)) {
        return luaL_error(L, "base64.decode got a text of %I characters, which is not the length of any base64: was it cut?",
                          (lua_Integer)length);
    }
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, digits / 4 * 3 + 3);
    size_t written = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = sextet(text[i]);
        if (value < 0) return luaL_error(L, "base64.decode found a character that is not base64 at position %I", (lua_Integer)i + 1);
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 == 3) {
            room[written++] = (char)(bits >> 16);
            room[written++] = (char)(bits >> 8);
            room[written++] = (char)bits;
            bits = 0;
        }
    }
    size_t rest = digits % 4;
    if ((rest == 2 && (bits & 15) != 0) || (rest == 3 && (bits & 3) != 0)) {
        return luaL_error(L, "base64.decode found bits behind the last byte: was the text cut or changed?");
    }
    if (rest == 2) room[written++] = (char)(bits >> 4);
    if (rest == 3) {
        room[written++] = (char)(bits >> 10);
        room[written++] = (char)(bits >> 2);
    }
    luaL_pushresultsize(&buffer, written);
    return 1;
}

void cicada_push_hex(lua_State *L, const char *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    cicada_demand_room(L, "hex.encode", 2 * (double)length);
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length * 2);
    for (size_t i = 0; i < length; i++) {
        room[2 * i] = digits[(unsigned char)bytes[i] >> 4];
        room[2 * i + 1] = digits[(unsigned char)bytes[i] & 15];
    }
    luaL_pushresultsize(&buffer, length * 2);
}

// hex.encode(text)
static int encode_hex(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "hex.encode", CICADA_LARGEST_TEXT, &length);
    cicada_push_hex(L, text, length);
    return 1;
}

int cicada_hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// hex.decode(text)
static int decode_hex(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "hex.decode", 2 * CICADA_LARGEST_TEXT, &length);
    if (length % 2 != 0) return luaL_error(L, "hex.decode needs an even number of digits, not %I", (lua_Integer)length);
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, length / 2);
    for (size_t i = 0; i < length; i++) {
        int digit = cicada_hex_digit(text[i]);
        if (digit < 0) {
            return luaL_error(L, "hex.decode found a character that is not a hexadecimal digit at position %I", (lua_Integer)i + 1);
        }
        room[i / 2] = (char)(i % 2 == 0 ? digit << 4 : room[i / 2] | digit);
    }
    luaL_pushresultsize(&buffer, length / 2);
    return 1;
}

void cicada_set_up_texts(lua_State *L, cicada_lua *lua) {
    (void)lua;
    static const luaL_Reg base64[] = {{"encode", encode_base64}, {"decode", decode_base64}, {NULL, NULL}};
    luaL_newlib(L, base64);
    lua_setglobal(L, "base64");
    static const luaL_Reg hex[] = {{"encode", encode_hex}, {"decode", decode_hex}, {NULL, NULL}};
    luaL_newlib(L, hex);
    lua_setglobal(L, "hex");
}

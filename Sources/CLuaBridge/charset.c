// Text out of bytes, by the charset of a Content-Type header.
#include <string.h>
#include <strings.h>

#include "internal.h"

typedef enum charset { CHARSET_UTF8, CHARSET_WINDOWS_1252, CHARSET_UTF16LE, CHARSET_UTF16BE } charset;

// Labels as browsers understand them (WHATWG Encoding, section 4.2): latin-1 and ASCII are windows-1252.
static const struct {
    const char *label;
    charset charset;
} labels[] = {
    {"utf-8", CHARSET_UTF8},
    {"utf8", CHARSET_UTF8},
    {"us-ascii", CHARSET_WINDOWS_1252},
    {"ascii", CHARSET_WINDOWS_1252},
    {"iso-8859-1", CHARSET_WINDOWS_1252},
    {"latin1", CHARSET_WINDOWS_1252},
    {"windows-1252", CHARSET_WINDOWS_1252},
    {"cp1252", CHARSET_WINDOWS_1252},
    {"utf-16", CHARSET_UTF16LE},
    {"utf-16le", CHARSET_UTF16LE},
    {"utf-16be", CHARSET_UTF16BE},
};

// What windows-1252 has at 0x80 to 0x9F; the rest is as in Unicode.
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

#define REPLACEMENT 0xFFFD

static size_t put(char *room, uint32_t scalar) {
    if (scalar < 0x80) {
        room[0] = (char)scalar;
        return 1;
    }
    if (scalar < 0x800) {
        room[0] = (char)(0xC0 | scalar >> 6);
        room[1] = (char)(0x80 | (scalar & 63));
        return 2;
    }
    if (scalar < 0x10000) {
        room[0] = (char)(0xE0 | scalar >> 12);
        room[1] = (char)(0x80 | (scalar >> 6 & 63));
        room[2] = (char)(0x80 | (scalar & 63));
        return 3;
    }
    room[0] = (char)(0xF0 | scalar >> 18);
    room[1] = (char)(0x80 | (scalar >> 12 & 63));
    room[2] = (char)(0x80 | (scalar >> 6 & 63));
    room[3] = (char)(0x80 | (scalar & 63));
    return 4;
}

// The length of the well-formed UTF-8 character at the beginning (Unicode, table 3-7); 0: there is none, and `*skip` bytes are no part of
// any (the longest beginning of one, which becomes one replacement character).
static size_t character_length(const unsigned char *bytes, size_t count, size_t *skip) {
    unsigned char first = bytes[0];
    *skip = 1;
    if (first < 0x80) return 1;
    size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    if (length == 0) return 0;
    for (size_t i = 1; i < length; i++) {
        unsigned char low = 0x80, high = 0xBF;
        if (i == 1 && first == 0xE0) low = 0xA0;
        if (i == 1 && first == 0xED) high = 0x9F;
        if (i == 1 && first == 0xF0) low = 0x90;
        if (i == 1 && first == 0xF4) high = 0x8F;
        if (i >= count || bytes[i] < low || bytes[i] > high) return 0;
        *skip = i + 1;
    }
    return length;
}

static void push_utf8(lua_State *L, const char *bytes, size_t length) {
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) at += 3;
    const unsigned char *begin = at;
    size_t skip;
    while (at < end) {
        size_t character = character_length(at, (size_t)(end - at), &skip);
        if (character == 0) break;
        at += character;
    }
    if (at == end) {  // as nearly always
        lua_pushlstring(L, (const char *)begin, (size_t)(end - begin));
        return;
    }
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    luaL_addlstring(&buffer, (const char *)begin, (size_t)(at - begin));
    while (at < end) {
        size_t character = character_length(at, (size_t)(end - at), &skip);
        if (character > 0) {
            luaL_addlstring(&buffer, (const char *)at, character);
            at += character;
        } else {
            luaL_addstring(&buffer, "\xEF\xBF\xBD");
            at += skip;
        }
    }
    luaL_pushresult(&buffer);
}

static void push_windows_1252(lua_State *L, const char *bytes, size_t length) {
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, 3 * length);
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        written += put(room + written, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
    }
    luaL_pushresultsize(&buffer, written);
}

static void push_utf16(lua_State *L, const char *bytes, size_t length, bool is_big_endian) {
    const unsigned char *units = (const unsigned char *)bytes;
    size_t i = 0, written = 0;
    if (length >= 2 && units[0] + units[1] == 0xFF + 0xFE && units[0] >= 0xFE) {  // a byte order mark
        is_big_endian = units[0] == 0xFE;
        i = 2;
    }
    luaL_Buffer buffer;
    char *room = luaL_buffinitsize(L, &buffer, 3 * (length / 2) + 3);
    uint32_t high = 0;
    for (; i + 1 < length; i += 2) {
        uint32_t unit = is_big_endian ? (uint32_t)units[i] << 8 | units[i + 1] : (uint32_t)units[i + 1] << 8 | units[i];
        bool is_low = unit >= 0xDC00 && unit < 0xE000;
        if (high != 0) {
            uint32_t scalar = is_low ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : REPLACEMENT;
            written += put(room + written, scalar);
        }
        if (unit >= 0xD800 && unit < 0xDC00) {
            high = unit;
        } else {
            if (!is_low) written += put(room + written, unit);
            if (is_low && high == 0) written += put(room + written, REPLACEMENT);
            high = 0;
        }
    }
    if (high != 0 || i < length) written += put(room + written, REPLACEMENT);
    luaL_pushresultsize(&buffer, written);
}

// Finds the parameter charset of a Content-Type value; `*length` is 0 when it has none.
static const char *find_charset(const char *type, size_t *length) {
    *length = 0;
    while (type != NULL && (type = strchr(type, ';')) != NULL) {
        type++;
        while (*type == ' ' || *type == '\t') type++;
        if (strncasecmp(type, "charset=", 8) != 0) continue;
        type += 8;
        if (*type == '"') {
            *length = strcspn(++type, "\"");
        } else {
            *length = strcspn(type, "; \t,");
        }
        return type;
    }
    return "";
}

void cicada_push_decoded(lua_State *L, const char *bytes, size_t length, const char *content_type) {
    size_t label_length;
    const char *label = find_charset(content_type, &label_length);
    charset charset = CHARSET_UTF8;
    if (label_length > 0) {
        size_t i = 0, count = sizeof labels / sizeof *labels;
        while (i < count && (strlen(labels[i].label) != label_length || strncasecmp(labels[i].label, label, label_length) != 0)) i++;
        if (i == count) {
            lua_pushlstring(L, label, label_length < 40 ? label_length : 40);
            luaL_error(L, "the answer's charset '%s' is not known: read body, which holds its bytes", lua_tostring(L, -1));
            return;
        }
        charset = labels[i].charset;
    }
    switch (charset) {
        case CHARSET_UTF8: push_utf8(L, bytes, length); break;
        case CHARSET_WINDOWS_1252: push_windows_1252(L, bytes, length); break;
        case CHARSET_UTF16LE: push_utf16(L, bytes, length, false); break;
        case CHARSET_UTF16BE: push_utf16(L, bytes, length, true); break;
    }
}

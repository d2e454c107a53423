// regex: Perl's regular expressions by PCRE2, with bounded effort.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define LONGEST_SUBJECT ((size_t)4 << 20)
#define LONGEST_PATTERN 8192
#define LONGEST_REPLACEMENT 65536
#define MOST_CACHED 200
// Effort from one place of the text: backtracking steps, and memory for them in KiB.
#define MATCH_LIMIT 1000000
#define HEAP_LIMIT 32768
// Effort of one call over all places, in nanoseconds.
#define TIME_LIMIT 250000000

#define MOST_CAPTURES 250
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT)

// A compiled pattern; a userdata of type "cicada.regex". Room for matches is the state's.
typedef struct regex {
    pcre2_code *code;      // for texts that are UTF-8
    pcre2_code *tolerant;  // for others; NULL until needed
    pcre2_match_data *data;
    pcre2_match_context *limits;
    uint32_t options;
} regex;

static int free_regex(lua_State *L) {
    regex *self = lua_touserdata(L, 1);
    pcre2_match_context_free(self->limits);
    pcre2_code_free(self->code);
    pcre2_code_free(self->tolerant);
    *self = (regex){NULL, NULL, NULL, NULL, 0};
    return 0;
}

// Room for the state's matches. PCRE2 keeps the memory for its backtracking in it, so after a search that took long it is made anew.
static pcre2_match_data *match_data(lua_State *L, cicada_lua *lua) {
    if (lua->regex_data != NULL && lua->regex_is_heavy) cicada_free_regex_data(lua);
    if (lua->regex_data == NULL) lua->regex_data = pcre2_match_data_create(MOST_CAPTURES + 1, NULL);
    if (lua->regex_data == NULL) luaL_error(L, "not enough memory");
    return lua->regex_data;
}

void cicada_free_regex_data(cicada_lua *lua) {
    pcre2_match_data_free(lua->regex_data);
    lua->regex_data = NULL;
    lua->regex_is_heavy = false;
}

// Pushes the compiled form of the pattern at an index: out of the cache, or made now.
static regex *push_regex(lua_State *L, int index, const char *what) {
    cicada_lua *lua = bridge_of(L);
    size_t length;
    const char *pattern = cicada_check_text(L, index, what, LONGEST_PATTERN, &length);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->regex_cache_reference);
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TUSERDATA) {
        lua_remove(L, -2);
        regex *known = lua_touserdata(L, -1);
        known->data = match_data(L, lua);
        return known;
    }
    lua_pop(L, 1);
    regex *fresh = lua_newuserdatauv(L, sizeof *fresh, 0);
    *fresh = (regex){NULL, NULL, NULL, NULL, 0};
    luaL_setmetatable(L, "cicada.regex");
    int code;
    PCRE2_SIZE place;
    fresh->code = pcre2_compile((PCRE2_SPTR)pattern, length, COMPILE_OPTIONS, &code, &place, NULL);
    if (fresh->code == NULL) {
        PCRE2_UCHAR words[160];
        pcre2_get_error_message(code, words, sizeof words);
        luaL_error(L, "%s cannot read the pattern at position %I: %s", what, (lua_Integer)place + 1, (const char *)words);
    }
    uint32_t captures;
    pcre2_pattern_info(fresh->code, PCRE2_INFO_CAPTURECOUNT, &captures);
    if (captures > MOST_CAPTURES) {
        luaL_error(L, "%s takes a pattern of at most %d captures: write (?:...) where none is needed", what, MOST_CAPTURES);
    }
    fresh->data = match_data(L, lua);
    fresh->limits = pcre2_match_context_create(NULL);
    if (fresh->limits == NULL) luaL_error(L, "not enough memory");
    pcre2_pattern_info(fresh->code, PCRE2_INFO_ALLOPTIONS, &fresh->options);
    pcre2_set_match_limit(fresh->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(fresh->limits, MATCH_LIMIT);
    pcre2_set_heap_limit(fresh->limits, HEAP_LIMIT);
    if (lua->regex_count >= MOST_CACHED) {  // a script that makes patterns all the time: begin anew
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, LUA_REGISTRYINDEX, lua->regex_cache_reference);
        lua_replace(L, -3);
        lua->regex_count = 0;
    }
    lua_pushvalue(L, index);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
    lua->regex_count++;
    lua_remove(L, -2);
    return fresh;
}

static int64_t nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Whether a text is UTF-8 (RFC 3629) from end to end. Asked once per call: PCRE2 would go through all the rest at every match.
static bool is_utf8(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        unsigned char first = *at++;
        if (first < 0x80) continue;
        int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first < 0xC2 || first > 0xF4 || end - at < more) return false;
        unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (at[0] < least || at[0] > most) return false;
        for (int i = 1; i < more; i++) {
            if ((at[i] & 0xC0) != 0x80) return false;
        }
        at += more;
    }
    return true;
}

// A text to be searched, and the form of the pattern that fits it.
typedef struct subject {
    const char *text;
    size_t length;
    bool is_utf8;
    const pcre2_code *code;
} subject;

// `pattern` is the index of the pattern's text.
static subject make_subject(lua_State *L, regex *regex, const char *text, size_t length, bool is_utf8, int pattern) {
    if (!is_utf8 && regex->tolerant == NULL) {
        int code;
        PCRE2_SIZE place;
        size_t pattern_length;
        const char *source = lua_tolstring(L, pattern, &pattern_length);
        regex->tolerant = pcre2_compile((PCRE2_SPTR)source, pattern_length, COMPILE_OPTIONS | PCRE2_MATCH_INVALID_UTF, &code, &place, NULL);
        if (regex->tolerant == NULL) luaL_error(L, "not enough memory");
    }
    return (subject){text, length, is_utf8, is_utf8 ? regex->code : regex->tolerant};
}

static void raise_time(lua_State *L, const char *what, const subject *subject) {
    luaL_error(L, "%s has given up after %d ms: this text of %I bytes%s takes too long with this pattern. Search in a shorter text, like one "
                  "line of it, or write a pattern with fewer repeats",
               what, TIME_LIMIT / 1000000, (lua_Integer)subject->length, subject->is_utf8 ? "" : ", which is not UTF-8,");
}

static void raise_effort(lua_State *L, const char *what) {
    luaL_error(L, "%s has given up: the pattern would take too long on this text. Avoid repeats inside repeats, like (a+)+, and several .* "
                  "in a row", what);
}

// Looks for the first match from `start` on. PCRE2's own limit counts anew at each place where a match may begin; so the places are gone
// through in portions, with a look at the clock between them. Answers with the number of captures and 1, or 0 when nothing matches.
static int search(lua_State *L, regex *regex, const subject *subject, size_t start, uint32_t options, int64_t deadline, const char *what) {
    const char *text = subject->text;
    size_t length = subject->length;
    // Every start is at the beginning of a character.
    if (subject->is_utf8) options |= PCRE2_NO_UTF_CHECK;
    size_t portion = 16;
    while (true) {
        size_t last = length - start > portion ? start + portion : length;
        pcre2_set_offset_limit(regex->limits, last);
        int64_t before = nanoseconds();
        int count = pcre2_match(subject->code, (PCRE2_SPTR)text, length, start, options, regex->data, regex->limits);
        int64_t after = nanoseconds();
        if (after - before > 1000000) {
            bridge_of(L)->regex_is_heavy = true;
            cicada_check_time(L);
        }
        if (count > 0) return count;
        switch (count) {
            case PCRE2_ERROR_NOMATCH: break;
            case PCRE2_ERROR_MATCHLIMIT:
            case PCRE2_ERROR_DEPTHLIMIT:
            case PCRE2_ERROR_HEAPLIMIT: raise_effort(L, what); break;
            default: {
                PCRE2_UCHAR words[160];
                pcre2_get_error_message(count, words, sizeof words);
                luaL_error(L, "%s: %s", what, (const char *)words);
            }
        }
        if (last == length || ((options | regex->options) & PCRE2_ANCHORED) != 0) return 0;
        if (after > deadline) raise_time(L, what, subject);
        start = last + 1;
        while (start < length && ((unsigned char)text[start] & 0xC0) == 0x80) start++;  // not inside a character
        if (after - before < 1000000) {
            portion *= 4;
        } else if (after - before > 20000000 && portion > 1) {
            portion /= 4;
        }
    }
}

// Looks for the next match behind one that began at `begin` and ended at `end`: an empty match is not found twice.
static int search_next(lua_State *L, regex *regex, const subject *subject, size_t begin, size_t end, int64_t deadline, const char *what) {
    if (begin != end) return search(L, regex, subject, end, 0, deadline, what);
    int count = search(L, regex, subject, end, PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED, deadline, what);
    if (count > 0 || end >= subject->length) return count;
    end++;
    while (end < subject->length && ((unsigned char)subject->text[end] & 0xC0) == 0x80) end++;
    return search(L, regex, subject, end, 0, deadline, what);
}

// Pushes the captures of the last match; without captures the whole match where that is wanted. Answers with their number.
static int push_captures(lua_State *L, const regex *regex, const char *text, bool whole_for_none) {
    uint32_t captures;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &captures);
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
    luaL_checkstack(L, (int)captures + 4, "too many captures");
    if (captures == 0 && whole_for_none) {
        lua_pushlstring(L, text + offsets[0], offsets[1] - offsets[0]);
        return 1;
    }
    for (uint32_t i = 1; i <= captures; i++) {
        if (offsets[2 * i] == PCRE2_UNSET) {
            lua_pushnil(L);
        } else {
            lua_pushlstring(L, text + offsets[2 * i], offsets[2 * i + 1] - offsets[2 * i]);
        }
    }
    return (int)captures;
}

// regex.match(text, pattern)
static int match(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "regex.match", LONGEST_SUBJECT, &length);
    regex *regex = push_regex(L, 2, "regex.match");
    subject subject = make_subject(L, regex, text, length, is_utf8(text, length), 2);
    if (search(L, regex, &subject, 0, 0, nanoseconds() + TIME_LIMIT, "regex.match") == 0) {
        lua_pushnil(L);
        return 1;
    }
    return push_captures(L, regex, text, true);
}

// regex.find(text, pattern [, init])
static int find(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "regex.find", LONGEST_SUBJECT, &length);
    lua_Integer init = luaL_optinteger(L, 3, 1);
    if (init < 0) init = (lua_Integer)length + init + 1;
    size_t start = init > 1 ? (size_t)init - 1 : 0;
    regex *regex = push_regex(L, 2, "regex.find");
    while (start < length && ((unsigned char)text[start] & 0xC0) == 0x80) start++;
    subject subject = make_subject(L, regex, text, length, is_utf8(text, length), 2);
    if (start > length || search(L, regex, &subject, start, 0, nanoseconds() + TIME_LIMIT, "regex.find") == 0) {
        lua_pushnil(L);
        return 1;
    }
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
    lua_pushinteger(L, (lua_Integer)offsets[0] + 1);
    lua_pushinteger(L, (lua_Integer)offsets[1]);
    return 2 + push_captures(L, regex, text, false);
}

// The iterator of regex.gmatch; upvalues: text, pattern, begin and end of the last match, begin below 0 at first; whether the text is UTF-8.
static int next_match(lua_State *L) {
    size_t length;
    const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
    lua_Integer begin = lua_tointeger(L, lua_upvalueindex(3));
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(2));
    regex *regex = push_regex(L, 1, "regex.gmatch");
    subject subject = make_subject(L, regex, text, length, lua_toboolean(L, lua_upvalueindex(5)), 1);
    int64_t deadline = nanoseconds() + TIME_LIMIT;
    int count;
    if (begin < 0) {
        count = search(L, regex, &subject, 0, 0, deadline, "regex.gmatch");
    } else {
        count = search_next(L, regex, &subject, (size_t)begin, (size_t)lua_tointeger(L, lua_upvalueindex(4)), deadline, "regex.gmatch");
    }
    if (count == 0) {
        lua_pushnil(L);
        return 1;
    }
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
    lua_pushinteger(L, (lua_Integer)offsets[0]);
    lua_replace(L, lua_upvalueindex(3));
    lua_pushinteger(L, (lua_Integer)offsets[1]);
    lua_replace(L, lua_upvalueindex(4));
    count = push_captures(L, regex, text, true);
    if (lua_isnil(L, -count)) {  // a nil in the first place would end the loop
        lua_pushboolean(L, 0);
        lua_replace(L, -count - 1);
    }
    return count;
}

// regex.gmatch(text, pattern)
static int gmatch(lua_State *L) {
    size_t length;
    const char *text = cicada_check_text(L, 1, "regex.gmatch", LONGEST_SUBJECT, &length);
    push_regex(L, 2, "regex.gmatch");
    lua_settop(L, 2);
    lua_pushinteger(L, -1);
    lua_pushinteger(L, -1);
    lua_pushboolean(L, is_utf8(text, length));
    lua_pushcclosure(L, next_match, 5);
    return 1;
}

// Adds the replacement of the last match: $0 to $9 stand for the whole and the captures, $$ for $.
static void add_replacement(lua_State *L, luaL_Buffer *buffer, const regex *regex, const char *text, const char *with, size_t with_length) {
    uint32_t captures;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &captures);
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
    for (size_t i = 0; i < with_length; i++) {
        if (with[i] != '$') {
            luaL_addchar(buffer, with[i]);
            continue;
        }
        char next = i + 1 < with_length ? with[i + 1] : 0;
        i++;
        if (next == '$') {
            luaL_addchar(buffer, '$');
        } else if (next >= '0' && next <= '9' && (uint32_t)(next - '0') <= captures) {
            const PCRE2_SIZE *pair = offsets + 2 * (next - '0');
            if (pair[0] != PCRE2_UNSET) luaL_addlstring(buffer, text + pair[0], pair[1] - pair[0]);
        } else {
            luaL_error(L, "regex.replace has a $ at position %I that stands for no capture: write $0, $1 to $%d, or $$ for the character",
                       (lua_Integer)i, (int)(captures < 9 ? captures : 9));
        }
    }
}

// regex.replace(text, pattern, replacement)
static int replace(lua_State *L) {
    size_t length, with_length;
    const char *text = cicada_check_text(L, 1, "regex.replace", LONGEST_SUBJECT, &length);
    const char *with = cicada_check_text(L, 3, "regex.replace", LONGEST_REPLACEMENT, &with_length);
    regex *regex = push_regex(L, 2, "regex.replace");
    subject subject = make_subject(L, regex, text, length, is_utf8(text, length), 2);
    int64_t deadline = nanoseconds() + TIME_LIMIT;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    lua_Integer replaced = 0;
    size_t copied = 0;
    int count = search(L, regex, &subject, 0, 0, deadline, "regex.replace");
    while (count > 0) {
        const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
        size_t begin = offsets[0], end = offsets[1];
        if (begin < copied || end < begin) return luaL_error(L, "regex.replace cannot use \\K in a pattern like this");
        luaL_addlstring(&buffer, text + copied, begin - copied);
        add_replacement(L, &buffer, regex, text, with, with_length);
        copied = end;
        replaced++;
        if (luaL_bufflen(&buffer) > CICADA_LARGEST_TEXT) {
            return luaL_error(L, "regex.replace gives a text of more than %I bytes", (lua_Integer)CICADA_LARGEST_TEXT);
        }
        if ((replaced & 63) == 0 && nanoseconds() > deadline) raise_time(L, "regex.replace", &subject);
        count = search_next(L, regex, &subject, begin, end, deadline, "regex.replace");
    }
    luaL_addlstring(&buffer, text + copied, length - copied);
    luaL_pushresult(&buffer);
    lua_pushinteger(L, replaced);
    return 2;
}

void cicada_set_up_regex(lua_State *L, cicada_lua *lua) {
    luaL_newmetatable(L, "cicada.regex");
    lua_pushcfunction(L, free_regex);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_newtable(L);
    lua->regex_cache_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    static const luaL_Reg functions[] = {{"match", match}, {"find", find}, {"gmatch", gmatch}, {"replace", replace}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_setglobal(L, "regex");
}

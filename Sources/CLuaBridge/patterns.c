// string.find, match, gmatch and gsub: Lua's patterns, with a limit of effort. What they match and which errors they raise is exactly what
// Lua 5.4's own functions do (a test holds them against each other); a pattern that tries too much ends in an error instead of hours.
//
// Source: the Lua 5.4 Reference Manual, section 6.4.1.
#define _GNU_SOURCE  // memmem
#include <ctype.h>
#include <string.h>

#include "matcher.h"

// Where a search begins, from 0: the number at an index of the stack, counted from the end where it is negative.
static size_t start_of_search(lua_State *L, int index, size_t length) {
    lua_Integer start = luaL_optinteger(L, index, 1);
    if (start > 0) return (size_t)start - 1;
    if (start == 0 || start < -(lua_Integer)length) return 0;
    return length + (size_t)start;
}

static bool is_plain(const char *pattern, size_t length) {
    for (size_t i = 0; i < length; i++) {
        switch (pattern[i]) {
            case '^': case '$': case '*': case '+': case '?': case '.': case '(': case '[': case '%': case '-': return false;
            default: break;
        }
    }
    return true;
}

// Texts up to so many bytes are looked through byte by byte: memmem prepares for more than they are worth.
#define SHORT_TEXT 1024

static const char *find_bytes(const char *text, size_t length, const char *wanted, size_t wanted_length) {
    if (length > SHORT_TEXT) return memmem(text, length, wanted, wanted_length);
    while (length >= wanted_length) {
        const char *first = memchr(text, *wanted, length - wanted_length + 1);
        if (first == NULL) return NULL;
        if (memcmp(first, wanted, wanted_length) == 0) return first;
        length -= (size_t)(first + 1 - text);
        text = first + 1;
    }
    return NULL;
}

static int find_plain(lua_State *L, const char *text, size_t length, const char *wanted, size_t wanted_length, size_t start) {
    const char *found = text + start;
    if (wanted_length > 0) {
        cicada_charge(L, length >> 4);
        found = find_bytes(text + start, length - start, wanted, wanted_length);
    }
    if (found == NULL) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, found - text + 1);
    lua_pushinteger(L, found - text + (lua_Integer)wanted_length);
    return 2;
}

static int search(lua_State *L, bool finds) {
    size_t length, pattern_length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t start = start_of_search(L, 3, length);
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    if (finds && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
        return find_plain(L, text, length, pattern, pattern_length, start);
    }
    bool is_anchored = *pattern == '^' && pattern_length > 0;
    cicada_matcher m;
    cicada_set_up_matcher(&m, L, text, length, pattern, pattern_length);
    if (is_anchored) pattern++;
    const char *s = text + start;
    do {
        cicada_rewind_matcher(&m);
        cicada_spend(&m, 1);
        const char *end = cicada_match(&m, s, pattern);
        if (end == NULL) continue;
        bridge_of(L)->work += m.steps;
        if (!finds) return cicada_push_captures(&m, s, end);
        lua_pushinteger(L, s - text + 1);
        lua_pushinteger(L, end - text);
        return cicada_push_captures(&m, NULL, NULL) + 2;
    } while (s++ < m.text_end && !is_anchored);
    bridge_of(L)->work += m.steps;
    luaL_pushfail(L);
    return 1;
}

static int find(lua_State *L) { return search(L, true); }

static int match_once(lua_State *L) { return search(L, false); }

// MARK: - gmatch

// Where an iteration stands; upvalue 3 of its function, behind text and pattern.
typedef struct iteration {
    size_t next;
    size_t last_end;
    bool has_matched;
} iteration;

static int next_match(lua_State *L) {
    size_t length, pattern_length;
    const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
    iteration *state = lua_touserdata(L, lua_upvalueindex(3));
    cicada_matcher m;
    cicada_set_up_matcher(&m, L, text, length, pattern, pattern_length);
    for (; state->next <= length; state->next++) {
        cicada_rewind_matcher(&m);
        cicada_spend(&m, 1);
        const char *s = text + state->next;
        const char *end = cicada_match(&m, s, pattern);
        if (end == NULL || (state->has_matched && (size_t)(end - text) == state->last_end)) continue;
        state->next = state->last_end = (size_t)(end - text);
        state->has_matched = true;
        bridge_of(L)->work += m.steps;
        return cicada_push_captures(&m, s, end);
    }
    bridge_of(L)->work += m.steps;
    return 0;
}

static int match_all(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_of_search(L, 3, length);
    lua_settop(L, 2);
    iteration *state = lua_newuserdatauv(L, sizeof *state, 0);
    state->next = start > length ? length + 1 : start;
    state->has_matched = false;
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

// MARK: - gsub

static void demand_bounded(luaL_Buffer *result) {
    if (luaL_bufflen(result) > CICADA_LARGEST_TEXT) {
        luaL_error(result->L, "string.gsub would make a text of over %d bytes", (int)CICADA_LARGEST_TEXT);
    }
}

static void add_replacement_text(cicada_matcher *m, luaL_Buffer *result, const char *s, const char *end) {
    lua_State *L = m->L;
    size_t length;
    const char *text = lua_tolstring(L, 3, &length);
    const char *stop = text + length;
    const char *escape;
    while ((escape = memchr(text, '%', (size_t)(stop - text))) != NULL) {
        luaL_addlstring(result, text, (size_t)(escape - text));
        const char *sign = escape + 1;
        text = sign + 1;
        if (*sign == '%') {
            luaL_addchar(result, '%');
        } else if (*sign == '0') {
            luaL_addlstring(result, s, (size_t)(end - s));
        } else if (isdigit((unsigned char)*sign)) {
            const char *start;
            ptrdiff_t size = cicada_find_capture(m, *sign - '1', s, end, &start);
            if (size == CICADA_POSITION) luaL_addvalue(result); else luaL_addlstring(result, start, (size_t)size);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
        demand_bounded(result);
    }
    luaL_addlstring(result, text, (size_t)(stop - text));
}

// Adds what stands for a match; false when that is the match itself.
static bool add_replacement(cicada_matcher *m, luaL_Buffer *result, const char *s, const char *end, int type) {
    lua_State *L = m->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = cicada_push_captures(m, s, end);
        lua_call(L, count, 1);
    } else if (type == LUA_TTABLE) {
        cicada_push_capture(m, 0, s, end);
        lua_gettable(L, 3);
    } else {
        add_replacement_text(m, result, s, end);
        demand_bounded(result);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(result, s, (size_t)(end - s));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(result);
    demand_bounded(result);
    return true;
}

static int replace_all(lua_State *L) {
    size_t length, pattern_length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    bool is_anchored = *pattern == '^' && pattern_length > 0;
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                     "string/function/table");
    cicada_matcher m;
    cicada_set_up_matcher(&m, L, text, length, pattern, pattern_length);
    if (is_anchored) pattern++;
    luaL_Buffer result;
    luaL_buffinit(L, &result);
    const char *s = text;
    const char *last_end = NULL;
    lua_Integer count = 0;
    bool is_changed = false;
    while (count < most) {
        cicada_rewind_matcher(&m);
        cicada_spend(&m, 1);
        const char *end = cicada_match(&m, s, pattern);
        if (end != NULL && end != last_end) {
            count++;
            if (add_replacement(&m, &result, s, end, type)) is_changed = true;
            s = last_end = end;
        } else if (s < m.text_end) {
            luaL_addchar(&result, *s++);
        } else {
            break;
        }
        if (is_anchored) break;
    }
    bridge_of(L)->work += m.steps;
    if (is_changed) {
        luaL_addlstring(&result, s, (size_t)(m.text_end - s));
        luaL_pushresult(&result);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

void cicada_set_up_patterns(lua_State *L, cicada_lua *lua) {
    (void)lua;
    static const luaL_Reg functions[] = {
        {"find", find}, {"match", match_once}, {"gmatch", match_all}, {"gsub", replace_all}, {NULL, NULL},
    };
    lua_getglobal(L, LUA_STRLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}

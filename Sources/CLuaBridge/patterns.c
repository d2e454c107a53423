// string.find, match, gmatch and gsub: Lua's patterns, with a limit of effort. What they match and which errors they raise is exactly what
// Lua 5.4's own functions do (a test holds them against each other); a pattern that tries too much ends in an error instead of hours.
//
// Source: the Lua 5.4 Reference Manual, section 6.4.1.
#define _GNU_SOURCE  // memmem
#include <ctype.h>
#include <string.h>

#include "internal.h"

// Captures of a pattern, as Lua has it.
#define MOST_CAPTURES 32
// How deeply `match` may call itself, as Lua has it.
#define DEEPEST 200
// Steps of one call; a step compares about one byte. More for long texts, so that what is linear always succeeds.
#define MOST_STEPS 10000000
#define STEPS_PER_BYTE 16

enum { UNFINISHED = -1, POSITION = -2 };

typedef struct matcher {
    lua_State *L;
    const char *text;
    const char *text_end;
    const char *pattern_end;
    size_t steps;
    size_t next_look;
    size_t most_steps;
    int depth_left;
    int count;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[MOST_CAPTURES];
} matcher;

static int byte_at(const char *text) { return (unsigned char)*text; }

static void set_up_matcher(matcher *m, lua_State *L, const char *text, size_t length, const char *pattern, size_t pattern_length) {
    m->L = L;
    m->text = text;
    m->text_end = text + length;
    m->pattern_end = pattern + pattern_length;
    m->steps = 0;
    m->next_look = CICADA_UNTIMED_WORK;
    m->most_steps = MOST_STEPS + length * STEPS_PER_BYTE;
}

// Begins a match at another place.
static void rewind_matcher(matcher *m) {
    m->depth_left = DEEPEST;
    m->count = 0;
}

// Called every 4 million steps.
static void look_at_effort(matcher *m) {
    m->next_look = m->steps + CICADA_UNTIMED_WORK;
    cicada_charge(m->L, CICADA_UNTIMED_WORK);
    if (m->steps <= m->most_steps) return;
    luaL_error(m->L, "the pattern takes too long on a text of %I bytes: avoid several *, + or - after one another, or cut the text",
               (LUAI_UACINT)(m->text_end - m->text));
}

static inline void spend(matcher *m, size_t steps) {
    m->steps += steps;
    if (m->steps >= m->next_look) look_at_effort(m);
}

// MARK: - Single characters

// Just behind the class, set or character that begins at p.
static const char *end_of_item(matcher *m, const char *p) {
    char first = *p++;
    if (first == '%') {
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (first != '[') return p;
    if (*p == '^') p++;
    do {  // the first character of a set stands for itself, even ']'
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%' && p < m->pattern_end) p++;
    } while (*p != ']');
    return p + 1;
}

static bool is_in_class(int c, int letter) {
    int result;
    switch (tolower(letter)) {
        case 'a': result = isalpha(c); break;
        case 'c': result = iscntrl(c); break;
        case 'd': result = isdigit(c); break;
        case 'g': result = isgraph(c); break;
        case 'l': result = islower(c); break;
        case 'p': result = ispunct(c); break;
        case 's': result = isspace(c); break;
        case 'u': result = isupper(c); break;
        case 'w': result = isalnum(c); break;
        case 'x': result = isxdigit(c); break;
        case 'z': result = c == 0; break;  // no longer documented, but there
        default: return letter == c;
    }
    return isupper(letter) ? result == 0 : result != 0;
}

// Whether a character is in the set from '[' at p to ']' at end.
static bool is_in_set(int c, const char *p, const char *end) {
    bool found_means = true;
    p++;
    if (*p == '^') {
        found_means = false;
        p++;
    }
    while (p < end) {
        if (*p == '%') {
            if (is_in_class(c, byte_at(p + 1))) return found_means;
            p += 2;
        } else if (p[1] == '-' && p + 2 < end) {
            if (byte_at(p) <= c && c <= byte_at(p + 2)) return found_means;
            p += 3;
        } else {
            if (byte_at(p) == c) return found_means;
            p++;
        }
    }
    return !found_means;
}

// Whether the item from p to end matches the character at s.
static inline bool matches_one(matcher *m, const char *s, const char *p, const char *end) {
    spend(m, 1 + ((size_t)(end - p) >> 3));
    if (s >= m->text_end) return false;
    switch (*p) {
        case '.': return true;
        case '%': return is_in_class(byte_at(s), byte_at(p + 1));
        case '[': return is_in_set(byte_at(s), p, end - 1);
        default: return *p == *s;
    }
}

// MARK: - Matching

static const char *match(matcher *m, const char *s, const char *p);

static const char *match_most(matcher *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, end)) count++;
    for (; count >= 0; count--) {
        const char *result = match(m, s + count, end + 1);
        if (result != NULL) return result;
    }
    return NULL;
}

static const char *match_least(matcher *m, const char *s, const char *p, const char *end) {
    while (true) {
        const char *result = match(m, s, end + 1);
        if (result != NULL) return result;
        if (!matches_one(m, s, p, end)) return NULL;
        s++;
    }
}

static const char *open_capture(matcher *m, const char *s, const char *p, ptrdiff_t kind) {
    if (m->count >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->count].start = s;
    m->captures[m->count].length = kind;
    m->count++;
    const char *result = match(m, s, p);
    if (result == NULL) m->count--;
    return result;
}

static const char *close_capture(matcher *m, const char *s, const char *p) {
    int open = m->count - 1;
    while (open >= 0 && m->captures[open].length != UNFINISHED) open--;
    if (open < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[open].length = s - m->captures[open].start;
    const char *result = match(m, s, p);
    if (result == NULL) m->captures[open].length = UNFINISHED;
    return result;
}

// %bxy: p is at x.
static const char *match_balanced(matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->text_end || *s != *p) return NULL;
    int depth = 1;
    for (const char *next = s + 1; next < m->text_end; next++) {
        spend(m, 1);
        if (*next == p[1]) {
            if (--depth == 0) return next + 1;
        } else if (*next == *p) {
            depth++;
        }
    }
    return NULL;
}

// %f[set]: p is at '['. Whether the place between two characters is such a border.
static bool is_frontier(matcher *m, const char *s, const char *p, const char *end) {
    spend(m, (size_t)(end - p));
    int before = s == m->text ? 0 : byte_at(s - 1);
    int after = s == m->text_end ? 0 : byte_at(s);
    return !is_in_set(before, p, end - 1) && is_in_set(after, p, end - 1);
}

static const char *match_again(matcher *m, const char *s, int digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].length == UNFINISHED) {
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    }
    size_t length = (size_t)m->captures[index].length;  // that of a position is longer than any text
    if ((size_t)(m->text_end - s) < length) return NULL;
    spend(m, 1 + (length >> 3));
    return memcmp(m->captures[index].start, s, length) == 0 ? s + length : NULL;
}

// Where the match of the pattern from p on ends that begins at s; NULL when there is none.
static const char *match(matcher *m, const char *s, const char *p) {
    if (m->depth_left-- == 0) luaL_error(m->L, "pattern too complex");
    while (s != NULL && p != m->pattern_end) {
        if (*p == '(') {
            s = p[1] == ')' ? open_capture(m, s, p + 2, POSITION) : open_capture(m, s, p + 1, UNFINISHED);
            break;
        }
        if (*p == ')') {
            s = close_capture(m, s, p + 1);
            break;
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            if (s != m->text_end) s = NULL;
            break;
        }
        if (*p == '%' && p[1] == 'b') {
            s = match_balanced(m, s, p + 2);
            p += 4;
            continue;
        }
        if (*p == '%' && p[1] == 'f') {
            p += 2;
            if (*p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
            const char *end = end_of_item(m, p);
            if (!is_frontier(m, s, p, end)) s = NULL;
            p = end;
            continue;
        }
        if (*p == '%' && isdigit(byte_at(p + 1))) {
            s = match_again(m, s, byte_at(p + 1));
            p += 2;
            continue;
        }
        const char *end = end_of_item(m, p);
        char repetition = *end;
        if (repetition == '*') {
            s = match_most(m, s, p, end);
            break;
        }
        if (repetition == '-') {
            s = match_least(m, s, p, end);
            break;
        }
        bool matches = matches_one(m, s, p, end);
        if (repetition == '+') {
            s = matches ? match_most(m, s + 1, p, end) : NULL;
            break;
        }
        if (repetition == '?') {
            const char *result = matches ? match(m, s + 1, end + 1) : NULL;
            if (result != NULL) {
                s = result;
                break;
            }
            p = end + 1;
        } else {
            s = matches ? s + 1 : NULL;
            p = end;
        }
    }
    m->depth_left++;
    return s;
}

// MARK: - Results

// The capture with an index, or the whole match where there are none; a position is pushed and has the length `POSITION`.
static ptrdiff_t find_capture(matcher *m, int index, const char *s, const char *end, const char **start) {
    if (index >= m->count) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        *start = s;
        return end - s;
    }
    ptrdiff_t length = m->captures[index].length;
    *start = m->captures[index].start;
    if (length == UNFINISHED) luaL_error(m->L, "unfinished capture");
    if (length == POSITION) lua_pushinteger(m->L, *start - m->text + 1);
    return length;
}

static void push_capture(matcher *m, int index, const char *s, const char *end) {
    const char *start;
    ptrdiff_t length = find_capture(m, index, s, end, &start);
    if (length != POSITION) lua_pushlstring(m->L, start, (size_t)length);
}

// Pushes all captures; where there are none, the whole match, unless s is NULL.
static int push_captures(matcher *m, const char *s, const char *end) {
    int count = m->count == 0 && s != NULL ? 1 : m->count;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) push_capture(m, i, s, end);
    return count;
}

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
    matcher m;
    set_up_matcher(&m, L, text, length, pattern, pattern_length);
    if (is_anchored) pattern++;
    const char *s = text + start;
    do {
        rewind_matcher(&m);
        spend(&m, 1);
        const char *end = match(&m, s, pattern);
        if (end == NULL) continue;
        bridge_of(L)->work += m.steps;
        if (!finds) return push_captures(&m, s, end);
        lua_pushinteger(L, s - text + 1);
        lua_pushinteger(L, end - text);
        return push_captures(&m, NULL, NULL) + 2;
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
    matcher m;
    set_up_matcher(&m, L, text, length, pattern, pattern_length);
    for (; state->next <= length; state->next++) {
        rewind_matcher(&m);
        spend(&m, 1);
        const char *s = text + state->next;
        const char *end = match(&m, s, pattern);
        if (end == NULL || (state->has_matched && (size_t)(end - text) == state->last_end)) continue;
        state->next = state->last_end = (size_t)(end - text);
        state->has_matched = true;
        bridge_of(L)->work += m.steps;
        return push_captures(&m, s, end);
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

static void add_replacement_text(matcher *m, luaL_Buffer *result, const char *s, const char *end) {
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
        } else if (isdigit(byte_at(sign))) {
            const char *start;
            ptrdiff_t size = find_capture(m, *sign - '1', s, end, &start);
            if (size == POSITION) luaL_addvalue(result); else luaL_addlstring(result, start, (size_t)size);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
        demand_bounded(result);
    }
    luaL_addlstring(result, text, (size_t)(stop - text));
}

// Adds what stands for a match; false when that is the match itself.
static bool add_replacement(matcher *m, luaL_Buffer *result, const char *s, const char *end, int type) {
    lua_State *L = m->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = push_captures(m, s, end);
        lua_call(L, count, 1);
    } else if (type == LUA_TTABLE) {
        push_capture(m, 0, s, end);
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
    matcher m;
    set_up_matcher(&m, L, text, length, pattern, pattern_length);
    if (is_anchored) pattern++;
    luaL_Buffer result;
    luaL_buffinit(L, &result);
    const char *s = text;
    const char *last_end = NULL;
    lua_Integer count = 0;
    bool is_changed = false;
    while (count < most) {
        rewind_matcher(&m);
        spend(&m, 1);
        const char *end = match(&m, s, pattern);
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

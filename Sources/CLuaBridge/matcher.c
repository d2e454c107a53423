// Lua's patterns, as the Lua 5.4 Reference Manual has them in section 6.4.1.
#include "matcher.h"

#include <ctype.h>
#include <string.h>

// How deeply `cicada_match` may call itself, as Lua has it.
#define DEEPEST 200
// Steps of one call; a step compares about one byte. More for long texts, so that what is linear always succeeds.
#define MOST_STEPS 10000000
#define STEPS_PER_BYTE 16

static int byte_at(const char *text) { return (unsigned char)*text; }

void cicada_set_up_matcher(cicada_matcher *m, lua_State *L, const char *text, size_t length, const char *pattern, size_t pattern_length) {
    m->L = L;
    m->text = text;
    m->text_end = text + length;
    m->pattern_end = pattern + pattern_length;
    m->steps = 0;
    m->next_look = CICADA_UNTIMED_WORK;
    m->most_steps = MOST_STEPS + length * STEPS_PER_BYTE;
}

void cicada_rewind_matcher(cicada_matcher *m) {
    m->depth_left = DEEPEST;
    m->count = 0;
}

void cicada_look_at_effort(cicada_matcher *m) {
    m->next_look = m->steps + CICADA_UNTIMED_WORK;
    cicada_charge(m->L, CICADA_UNTIMED_WORK);
    if (m->steps <= m->most_steps) return;
    luaL_error(m->L, "the pattern takes too long on a text of %I bytes: avoid several *, + or - after one another, or cut the text",
               (LUAI_UACINT)(m->text_end - m->text));
}

// MARK: - Single characters

// Just behind the class, set or character that begins at p.
static const char *end_of_item(cicada_matcher *m, const char *p) {
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
static inline bool matches_one(cicada_matcher *m, const char *s, const char *p, const char *end) {
    cicada_spend(m, 1 + ((size_t)(end - p) >> 3));
    if (s >= m->text_end) return false;
    switch (*p) {
        case '.': return true;
        case '%': return is_in_class(byte_at(s), byte_at(p + 1));
        case '[': return is_in_set(byte_at(s), p, end - 1);
        default: return *p == *s;
    }
}

// MARK: - Matching

static const char *match_most(cicada_matcher *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, end)) count++;
    for (; count >= 0; count--) {
        const char *result = cicada_match(m, s + count, end + 1);
        if (result != NULL) return result;
    }
    return NULL;
}

static const char *match_least(cicada_matcher *m, const char *s, const char *p, const char *end) {
    while (true) {
        const char *result = cicada_match(m, s, end + 1);
        if (result != NULL) return result;
        if (!matches_one(m, s, p, end)) return NULL;
        s++;
    }
}

static const char *open_capture(cicada_matcher *m, const char *s, const char *p, ptrdiff_t kind) {
    if (m->count >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->count].start = s;
    m->captures[m->count].length = kind;
    m->count++;
    const char *result = cicada_match(m, s, p);
    if (result == NULL) m->count--;
    return result;
}

static const char *close_capture(cicada_matcher *m, const char *s, const char *p) {
    int open = m->count - 1;
    while (open >= 0 && m->captures[open].length != CICADA_UNFINISHED) open--;
    if (open < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[open].length = s - m->captures[open].start;
    const char *result = cicada_match(m, s, p);
    if (result == NULL) m->captures[open].length = CICADA_UNFINISHED;
    return result;
}

// %bxy: p is at x.
static const char *match_balanced(cicada_matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->text_end || *s != *p) return NULL;
    int depth = 1;
    for (const char *next = s + 1; next < m->text_end; next++) {
        cicada_spend(m, 1);
        if (*next == p[1]) {
            if (--depth == 0) return next + 1;
        } else if (*next == *p) {
            depth++;
        }
    }
    return NULL;
}

// %f[set]: p is at '['. Whether the place between two characters is such a border.
static bool is_frontier(cicada_matcher *m, const char *s, const char *p, const char *end) {
    cicada_spend(m, (size_t)(end - p));
    int before = s == m->text ? 0 : byte_at(s - 1);
    int after = s == m->text_end ? 0 : byte_at(s);
    return !is_in_set(before, p, end - 1) && is_in_set(after, p, end - 1);
}

static const char *match_again(cicada_matcher *m, const char *s, int digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].length == CICADA_UNFINISHED) {
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    }
    size_t length = (size_t)m->captures[index].length;  // that of a position is longer than any text
    if ((size_t)(m->text_end - s) < length) return NULL;
    cicada_spend(m, 1 + (length >> 3));
    return memcmp(m->captures[index].start, s, length) == 0 ? s + length : NULL;
}

// Where the match of the pattern from p on ends that begins at s; NULL when there is none.
const char *cicada_match(cicada_matcher *m, const char *s, const char *p) {
    if (m->depth_left-- == 0) luaL_error(m->L, "pattern too complex");
    while (s != NULL && p != m->pattern_end) {
        if (*p == '(') {
            s = p[1] == ')' ? open_capture(m, s, p + 2, CICADA_POSITION) : open_capture(m, s, p + 1, CICADA_UNFINISHED);
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
            const char *result = matches ? cicada_match(m, s + 1, end + 1) : NULL;
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

ptrdiff_t cicada_find_capture(cicada_matcher *m, int index, const char *s, const char *end, const char **start) {
    if (index >= m->count) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        *start = s;
        return end - s;
    }
    ptrdiff_t length = m->captures[index].length;
    *start = m->captures[index].start;
    if (length == CICADA_UNFINISHED) luaL_error(m->L, "unfinished capture");
    if (length == CICADA_POSITION) lua_pushinteger(m->L, *start - m->text + 1);
    return length;
}

void cicada_push_capture(cicada_matcher *m, int index, const char *s, const char *end) {
    const char *start;
    ptrdiff_t length = cicada_find_capture(m, index, s, end, &start);
    if (length != CICADA_POSITION) lua_pushlstring(m->L, start, (size_t)length);
}

int cicada_push_captures(cicada_matcher *m, const char *s, const char *end) {
    int count = m->count == 0 && s != NULL ? 1 : m->count;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) cicada_push_capture(m, i, s, end);
    return count;
}

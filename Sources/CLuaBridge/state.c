// A state: its memory, its set-up, and protected calls on behalf of Swift.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const int32_t cicada_registry_index = LUA_REGISTRYINDEX;

// Blocks of this size and more are work, too: Lua's hook counts a concatenation of 60 MB as one instruction.
#define LARGE_BLOCK 65536

// Lua asks twice, with all garbage collected in between; the second time something must be left, or it would collect again and again.
static bool may_grow(cicada_lua *lua, const void *block, size_t new_size, size_t used) {
    size_t limit = lua->limit_bytes;
    bool is_second = lua->is_refused && lua->refused_block == block && lua->refused_size == new_size;
    if (is_second) limit -= limit / 16;
    if (used <= limit || used - limit <= lua->report_bytes) {
        if (is_second) lua->is_refused = false;
        return true;
    }
    if (lua->current != NULL) lua->refused_line = cicada_script_line(lua->current, 0);
    lua->is_refused = true;
    lua->refused_block = block;
    lua->refused_size = new_size;
    return false;
}

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    cicada_lua *lua = context;
    if (block == NULL) old_size = 0;  // then it is a type tag
    if (new_size == 0) {
        free(block);
        lua->used_bytes -= old_size;
        return NULL;
    }
    if (new_size > old_size) {
        size_t used = lua->used_bytes + (new_size - old_size);
        if ((used > lua->limit_bytes || lua->is_refused) && !may_grow(lua, block, new_size, used)) return NULL;
        if (new_size >= LARGE_BLOCK && (lua->work += new_size) > 8 * CICADA_UNTIMED_WORK) cicada_hurry(lua);
    }
    void *fresh = realloc(block, new_size);
    if (fresh != NULL) {
        lua->used_bytes += new_size - old_size;
    } else {
        lua->is_refused = true;
    }
    return fresh;
}

static const char *const key_texts[CICADA_KEY_COUNT] = {
    "form", "json",  "body",    "headers",   "query", "name",   "status", "ok",  "truncated", "multipart",
    "timeout", "redirects", "auth", "expect", "time", "phases", "url",    "error", "text",      "cookies",
};

static int set_up(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    lua_createtable(L, CICADA_KEY_COUNT, 0);
    for (int i = 0; i < CICADA_KEY_COUNT; i++) {
        lua->keys[i] = lua_pushstring(L, key_texts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua->users_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua->coroutines_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    cicada_set_up_sandbox(L, lua);
    cicada_set_up_patterns(L, lua);
    cicada_set_up_bounds(L, lua);
    cicada_set_up_declarations(L, lua);
    cicada_set_up_waits(L, lua);
    cicada_set_up_data(L, lua);
    cicada_set_up_responses(L, lua);
    cicada_set_up_verdicts(L, lua);
    cicada_set_up_actions(L, lua);
    cicada_set_up_json(L, lua);
    cicada_set_up_texts(L, lua);
    cicada_set_up_urls(L, lua);
    cicada_set_up_digests(L, lua);
    cicada_set_up_regex(L, lua);
    cicada_set_up_random(L, lua);
    cicada_set_up_time(L, lua);
    cicada_set_up_control(L, lua);
    cicada_set_up_limits(L, lua);
    return 0;
}

cicada_lua *cicada_open(cicada_host host, size_t limit_bytes) {
    cicada_lua *lua = calloc(1, sizeof *lua);
    if (lua == NULL) return NULL;
    lua->host = host;
    lua->limit_bytes = limit_bytes;
    lua->error_text = malloc(CICADA_ERROR_ROOM + CICADA_STACK_ROOM);
    lua->main = lua->error_text != NULL ? lua_newstate(allocate, lua) : NULL;
    if (lua->main == NULL) {
        free(lua->error_text);
        free(lua);
        return NULL;
    }
    lua->error_stack = lua->error_text + CICADA_ERROR_ROOM;
    *(cicada_lua **)lua_getextraspace(lua->main) = lua;
    lua->current = lua->main;
    lua->user_number = -1;
    lua_pushcfunction(lua->main, set_up);
    if (lua_pcall(lua->main, 0, 0, 0) != LUA_OK) {
        cicada_close(lua);
        return NULL;
    }
    return lua;
}

void cicada_close(cicada_lua *lua) {
    lua->running = NULL;
    lua->is_closing = true;
    lua_close(lua->main);
    cicada_free_regex_data(lua);
    free(lua->batch_outcomes);
    free(lua->batch_verdicts);
    free(lua->error_text);
    free(lua);
}

// Hands the source out byte by byte: how far the compiler had read tells the column of a syntax error.
struct source {
    const char *bytes;
    size_t length;
    size_t position;
};

static const char *read_byte(lua_State *L, void *context, size_t *size) {
    (void)L;
    struct source *source = context;
    if (source->position >= source->length) {
        source->position = source->length + 1;
        *size = 0;
        return NULL;
    }
    *size = 1;
    return source->bytes + source->position++;
}

bool cicada_compile(cicada_lua *lua, const char *bytes, size_t length, const char *chunk_name, size_t *consumed) {
    struct source source = {bytes, length, 0};
    int status = lua_load(lua->main, read_byte, &source, chunk_name, "t");
    *consumed = source.position;
    return status == LUA_OK;
}

int32_t cicada_script_line(lua_State *L, int level) {
    lua_Debug frame;
    for (; level < 200 && lua_getstack(L, level, &frame); level++) {
        if (lua_getinfo(L, "Sl", &frame) && frame.currentline > 0) return frame.currentline;
    }
    return 0;
}

#define LONGEST_TOP_LEVEL 5000000000

// Calls what lies below `arguments` values on the main stack, as at the top level; leaves `results` values there, or none after a failure.
static bool call_loading(cicada_lua *lua, int arguments, int results) {
    lua_State *L = lua->main;
    int handler = lua_gettop(L) - arguments;
    lua_pushcfunction(L, cicada_describe_error);
    lua_insert(L, handler);
    lua->error_line = 0;
    lua->error_text_length = 0;
    lua->is_loading = true;
    lua->burst_limit = LONGEST_TOP_LEVEL;
    cicada_begin_burst(lua);
    int status = lua_pcall(L, arguments, results, handler);
    if (status != LUA_OK) {
        cicada_note_status(L, status);
        lua_pop(L, 1);
    }
    lua->is_loading = false;
    lua_remove(L, handler);
    return status == LUA_OK;
}

bool cicada_run_top_level(cicada_lua *lua) { return call_loading(lua, 0, 0); }

bool cicada_call_shape(cicada_lua *lua, int reference, int64_t seconds) {
    lua_State *L = lua->main;
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    lua_pushinteger(L, seconds);
    lua->is_shaping = true;
    bool is_done = call_loading(lua, 1, 1);
    lua->is_shaping = false;
    return is_done;
}

static int keep(lua_State *L) {
    lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
    return 1;
}

int cicada_keep(cicada_lua *lua) {
    lua_State *L = lua->main;
    lua_pushcfunction(L, keep);
    lua_insert(L, -2);
    int reference = lua_pcall(L, 1, 1, 0) == LUA_OK ? (int)lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
    return reference;
}

int32_t cicada_function_line(cicada_lua *lua) {
    lua_Debug function;
    lua_pushvalue(lua->main, -1);
    return lua_getinfo(lua->main, ">S", &function) ? function.linedefined : 0;
}

void cicada_tune_collector(cicada_lua *lua, int pause, int step_multiplier, int step_size) {
    lua_gc(lua->main, LUA_GCINC, pause, step_multiplier, step_size);
}

bool cicada_step_collector(cicada_lua *lua) { return lua_gc(lua->main, LUA_GCSTEP, 0) != 0; }

void cicada_collect(cicada_lua *lua) { lua_gc(lua->main, LUA_GCCOLLECT); }

size_t cicada_format_number(double value, char *buffer) {
    int length = snprintf(buffer, 32, LUA_NUMBER_FMT, value);
    if (buffer[strspn(buffer, "-0123456789")] == '\0') {  // looks like an integer: Lua shows that it is a float
        buffer[length++] = '.';
        buffer[length++] = '0';
    }
    return (size_t)length;
}

size_t cicada_format_exact_number(double value, char *buffer) {
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(buffer, 40, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
    return (size_t)length;
}

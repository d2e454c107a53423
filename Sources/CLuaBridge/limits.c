// What stops a script that computes without an end or asks for too much memory: a count hook, and ways to catch errors that let it through.
//
// Unwinding: an error that no pcall, xpcall or coroutine of the script keeps for itself. It is raised inside a protected call of ours (the
// first function of every coroutine), so that Lua allows hooks again before it closes the variables that are to be closed.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"

// Instructions between two looks at the clock. Small, since one instruction of a hostile script can take 20 ms (next() over a huge emptied table).
#define INSTRUCTIONS 250
// What <close> variables get after a step has used up its time.
#define CLOSING_NANOSECONDS 250000000
// How deeply coroutines may close one another: Lua 5.4.4 does not count that against its limit of C calls.
#define DEEPEST_CLOSING 20
// What the report of an error may take beyond the limit: the error may be that there is no more memory.
#define REPORT_ROOM 65536

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// The error value of an unwinding: nothing that a script can make.
static int raise_unwinding(lua_State *L) {
    lua_pushlightuserdata(L, bridge_of(L));
    return lua_error(L);
}

static bool is_unwinding_value(lua_State *L, int index) { return lua_touserdata(L, index) == bridge_of(L); }

static void start_unwinding(cicada_lua *lua, cicada_unwinding reason) {
    lua->unwinding = reason;
    lua->is_closing = true;
}

int cicada_unwind(lua_State *L, cicada_unwinding reason) {
    start_unwinding(bridge_of(L), reason);
    return raise_unwinding(L);
}

static void count_hook(lua_State *L, lua_Debug *frame);

static void set_hook(lua_State *L, int instructions) { lua_sethook(L, count_hook, LUA_MASKCOUNT, instructions); }

static void keep_text(char *room, size_t size, size_t *kept, const char *text, size_t length) {
    if (length > size) {
        length = size - 3;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;  // not inside a character
        memcpy(room + length, "...", 3);
        *kept = length + 3;
    } else {
        *kept = length;
    }
    memcpy(room, text, length);
}

static void note_text(cicada_lua *lua, const char *text, size_t length) {
    keep_text(lua->error_text, CICADA_ERROR_ROOM, &lua->error_text_length, text, length);
}

static void note_place(lua_State *L, int level) {
    cicada_lua *lua = bridge_of(L);
    lua->error_line = cicada_script_line(L, level);
    lua->error_stack_length = 0;
    luaL_traceback(L, L, NULL, level);
    size_t length;
    const char *stack = lua_tolstring(L, -1, &length);
    keep_text(lua->error_stack, CICADA_STACK_ROOM, &lua->error_stack_length, stack, length);
    lua_pop(L, 1);
}

// Raises: time is over.
static void give_up(lua_State *L, cicada_lua *lua, int64_t spent) {
    if (lua->unwinding == CICADA_UNWINDING_NONE && !lua->is_closing) {
        start_unwinding(lua, CICADA_UNWINDING_TIME);
        lua->report_bytes = REPORT_ROOM;
        char text[160];
        int length = snprintf(text, sizeof text,
                              lua->is_loading ? "the top level computed for over %d s: compute less there, or put ready values into the script"
                                              : "computed for over %d s without a request or sleep: other users cannot run meanwhile",
                              (int)(lua->burst_limit / 1000000000));
        note_text(lua, text, (size_t)length);
        lua->burst_limit = spent + CLOSING_NANOSECONDS;
        note_place(L, 0);
        lua->report_bytes = 0;
    } else {
        // Time for <close> variables is over, too: what else is called ends at its first instruction.
        if (lua->unwinding == CICADA_UNWINDING_NONE) start_unwinding(lua, CICADA_UNWINDING_TIME);
        set_hook(L, 1);
    }
    raise_unwinding(L);
}

// Whether the thread has really computed, and has not only waited for its turn on a busy machine.
static bool has_computed(cicada_lua *lua) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID) - lua->burst_computed > lua->burst_limit * 3 / 5;
}

void cicada_check_time(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    lua->work = 0;
    int64_t time = read_clock(CLOCK_MONOTONIC);
    if (lua->burst_start == 0) {
        // Both clocks at once: the next look may come after a single call of a C function that takes longer than all the time there is.
        lua->burst_start = time;
        lua->burst_computed = read_clock(CLOCK_THREAD_CPUTIME_ID);
        return;
    }
    int64_t spent = time - lua->burst_start;
    if (spent > lua->burst_limit && (lua->is_closing || has_computed(lua))) give_up(L, lua, spent);
}

static void count_hook(lua_State *L, lua_Debug *frame) {
    (void)frame;
    if (lua_gethookcount(L) != INSTRUCTIONS) set_hook(L, INSTRUCTIONS);
    cicada_check_time(L);
}

// From the allocator, which must not raise: has the hook look at the clock at the next instruction.
void cicada_hurry(cicada_lua *lua) {
    lua->work = 0;
    if (lua->current != NULL) set_hook(lua->current, 1);
}

int cicada_describe_error(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    if (lua->unwinding != CICADA_UNWINDING_NONE) return 1;
    if (lua->is_describing) {
        static const char text[] = "an error that could not be described";
        note_text(lua, text, sizeof text - 1);
        return 1;
    }
    lua->is_describing = true;
    lua->report_bytes = REPORT_ROOM;
    note_place(L, 1);
    int type = lua_type(L, 1);
    if (type != LUA_TSTRING && type != LUA_TNUMBER && luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL) {
        lua_pushfstring(L, "the error value is %s%s, not a text: give error() a text", type == LUA_TNIL ? "" : "a ", luaL_typename(L, 1));
    } else {
        luaL_tolstring(L, 1, NULL);
    }
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    note_text(lua, text, length);
    lua->report_bytes = 0;
    lua->is_describing = false;
    lua_settop(L, 1);
    return 1;
}

void cicada_note_status(lua_State *L, int status) {
    cicada_lua *lua = bridge_of(L);
    lua->step_status = status;
    lua->report_bytes = 0;
    lua->is_describing = false;
    if (status == LUA_ERRMEM || lua->is_refused) {
        lua->unwinding = CICADA_UNWINDING_MEMORY;
    } else if (lua->error_text_length == 0 && lua->unwinding == CICADA_UNWINDING_NONE) {
        // The handler itself had no room: too many calls inside one another.
        size_t length;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
        if (text != NULL) note_text(lua, text, length); else note_text(lua, "an error that could not be described", 36);
    }
}

static bool is_error(int status) { return status != LUA_OK && status != LUA_YIELD; }

// Where the script catches an error, whose value is on top of the stack: whether it is not the script's to catch. `was_unwinding`: an
// unwinding was under way when the protected call began, in a <close> variable; then only the end of all time is not.
static bool must_leave(lua_State *L, int status, bool was_unwinding) {
    cicada_lua *lua = bridge_of(L);
    if (status == LUA_ERRMEM || lua->is_refused) start_unwinding(lua, CICADA_UNWINDING_MEMORY);
    if (lua->unwinding == CICADA_UNWINDING_NONE) return false;
    return !was_unwinding || lua->unwinding == CICADA_UNWINDING_MEMORY || is_unwinding_value(L, -1);
}

// Leaves the calls of a coroutine at once, where that is possible. Raising from one pcall to the next takes Lua time in proportion to the
// square of their number, which can be 200,000: it looks at all calls after each error.
static int leave_calls(lua_State *L) { return lua_isyieldable(L) ? lua_yield(L, 0) : raise_unwinding(L); }

static lua_KContext unwinding_now(lua_State *L) { return bridge_of(L)->unwinding != CICADA_UNWINDING_NONE; }

static int finish_pcall(lua_State *L, int status, lua_KContext was_unwinding) {
    if (!is_error(status)) return lua_gettop(L);
    if (must_leave(L, status, was_unwinding)) return leave_calls(L);
    lua_pushboolean(L, 0);
    lua_replace(L, 1);
    return 2;
}

static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    lua_KContext context = unwinding_now(L);
    return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, context, finish_pcall), context);
}

// Stands between an error and the script's own handler, which is upvalue 1.
static int handle(lua_State *L) {
    if (is_unwinding_value(L, 1) || bridge_of(L)->is_refused) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int finish_xpcall(lua_State *L, int status, lua_KContext was_unwinding) {
    if (!is_error(status)) return lua_gettop(L) - 2;
    if (must_leave(L, status, was_unwinding)) return leave_calls(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int protected_call_with_handler(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int count = lua_gettop(L);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    lua_KContext context = unwinding_now(L);
    return finish_xpcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, context, finish_xpcall), context);
}

// MARK: - Coroutines

static int finish_body(lua_State *L, int status, lua_KContext context) {
    (void)context;
    return is_error(status) ? lua_error(L) : lua_gettop(L);
}

// The first function of a coroutine of the script; the script's own is its first argument.
static int body(lua_State *L) { return finish_body(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, finish_body), 0); }

static lua_State *check_coroutine(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, 1);
    luaL_argexpected(L, coroutine != NULL, 1, "coroutine");
    return coroutine;
}

static int create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *coroutine = lua_newthread(L);
    lua_pushcfunction(coroutine, body);
    lua_pushvalue(L, 1);
    lua_xmove(L, coroutine, 1);
    return 1;
}

// Closes the variables of a coroutine that was left.
static void close_left(cicada_lua *lua, lua_State *coroutine) {
    if (lua->unwinding == CICADA_UNWINDING_MEMORY) return;
    lua_State *outer = lua->current;
    lua->current = coroutine;
    lua_resetthread(coroutine);
    lua->current = outer;
}

// Resumes a coroutine with the arguments on top of the stack. The number of results on the stack, or -1 and an error value.
static int resume_coroutine(lua_State *L, lua_State *coroutine, int count) {
    cicada_lua *lua = bridge_of(L);
    bool was_unwinding = unwinding_now(L);
    lua_Debug frame;
    bool is_new = lua_status(coroutine) == LUA_OK && lua_gettop(coroutine) == 2 && !lua_getstack(coroutine, 0, &frame) &&
                  lua_tocfunction(coroutine, 1) == body;
    if (!lua_checkstack(coroutine, count)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, coroutine, count);
    int results;
    lua_State *outer = lua->current;
    lua->current = coroutine;
    int status = lua_resume(coroutine, L, count + (is_new ? 1 : 0), &results);
    lua->current = outer;
    if (is_error(status)) {
        lua_xmove(coroutine, L, 1);
        if (must_leave(L, status, was_unwinding)) raise_unwinding(L);
        return -1;
    }
    if (!was_unwinding && lua->unwinding != CICADA_UNWINDING_NONE) {
        if (status == LUA_YIELD) close_left(lua, coroutine);
        raise_unwinding(L);
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(coroutine, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(coroutine, L, results);
    return results;
}

static int resume(lua_State *L) {
    lua_State *coroutine = check_coroutine(L);
    int results = resume_coroutine(L, coroutine, lua_gettop(L) - 1);
    bool succeeded = results >= 0;
    int count = succeeded ? results : 1;
    lua_pushboolean(L, succeeded);
    lua_insert(L, -(count + 1));
    return count + 1;
}

static int resume_wrapped(lua_State *L) {
    int results = resume_coroutine(L, lua_tothread(L, lua_upvalueindex(1)), lua_gettop(L));
    if (results >= 0) return results;
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int wrap(lua_State *L) {
    create(L);
    lua_pushcclosure(L, resume_wrapped, 1);
    return 1;
}

static int close_coroutine(lua_State *L) {
    lua_State *coroutine = check_coroutine(L);
    cicada_lua *lua = bridge_of(L);
    lua_Debug frame;
    if (coroutine == L || (lua_status(coroutine) == LUA_OK && lua_getstack(coroutine, 0, &frame))) {
        return luaL_error(L, "cannot close a %s coroutine", coroutine == L ? "running" : "normal");
    }
    if (lua->closing_depth >= DEEPEST_CLOSING) return luaL_error(L, "coroutines close one another more than %d deep", DEEPEST_CLOSING);
    bool was_unwinding = unwinding_now(L);
    lua_State *outer = lua->current;
    lua->current = coroutine;
    lua->closing_depth++;
    int status = lua_resetthread(coroutine);
    lua->closing_depth--;
    lua->current = outer;
    if (!is_error(status)) {
        if (!was_unwinding && lua->unwinding != CICADA_UNWINDING_NONE) raise_unwinding(L);
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(coroutine, L, 1);
    if (must_leave(L, status, was_unwinding)) return leave_calls(L);
    return 2;
}

void cicada_set_up_limits(lua_State *L, cicada_lua *lua) {
    (void)lua;
    lua_register(L, "pcall", protected_call);
    lua_register(L, "xpcall", protected_call_with_handler);
    static const luaL_Reg functions[] = {
        {"create", create}, {"resume", resume}, {"wrap", wrap}, {"close", close_coroutine}, {NULL, NULL},
    };
    lua_getglobal(L, LUA_COLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    set_hook(L, INSTRUCTIONS);
}

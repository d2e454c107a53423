// What the files of this target share.
#ifndef CICADA_INTERNAL_H
#define CICADA_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "CLuaBridge.h"

// Slots of one page of the table of users: small pages keep the collector's indivisible steps and the table's growth short.
#define CICADA_PAGE 256

// The bridge that a coroutine belongs to: Lua copies the main thread's extra space into each new thread.
static inline cicada_lua *bridge_of(lua_State *L) { return *(cicada_lua **)lua_getextraspace(L); }

// Raises unless the caller runs directly inside a step of a user and may yield.
void cicada_demand_step(lua_State *L, cicada_lua *lua, const char *what);
// The number of seconds at an index, from 0 to 10^9; raises when it is none. `what` names the function in the message.
double cicada_check_seconds(lua_State *L, int index, const char *what);
// Raises while the top level runs, since every worker runs it and would get something else. `what` names the function in the message.
void cicada_demand_running(lua_State *L, cicada_lua *lua, const char *what);
// Copies what the live responses still need, since their outcomes end with the next yield.
void cicada_retire_responses(lua_State *L, cicada_lua *lua);
// Pushes a response with figures and outcome of its own. `number`: its place in the batch from 0; -1: it stands alone.
void cicada_push_response(lua_State *L, cicada_lua *lua, const cicada_outcome *outcome, int number);
// The continuation of a request or batch: raises the refusal or returns the response, or the list of responses.
int cicada_request_answered(lua_State *L, int status, lua_KContext context);
// self.http:batch
int cicada_batch(lua_State *L);

// The text at an index, of at most `limit` bytes; raises when it is none. Notes the work of going through it once. `what` names the function
// in the message.
const char *cicada_check_text(lua_State *L, int index, const char *what, size_t limit, size_t *length);
// Pushes bytes as base64; for URLs: with - and _, without padding.
void cicada_push_base64(lua_State *L, const char *bytes, size_t length, bool for_url);
// Pushes bytes as hexadecimal digits.
void cicada_push_hex(lua_State *L, const char *bytes, size_t length);
// The value of a hexadecimal digit; below 0: it is none.
int cicada_hex_digit(char digit);
// Pushes what Swift writes of the value at an index; raises the reason where it cannot be written.
void cicada_push_encoded(lua_State *L, cicada_lua *lua, cicada_encoding how, int index, const char *what);
// Pushes the value that a JSON text stands for; raises when it is none.
void cicada_push_json(lua_State *L, const char *text, size_t length);
// r:json(path): pushes the value, or nil and the reason. `path` is an index; raises when what is there is no path.
int cicada_push_json_at(lua_State *L, const char *text, size_t length, int path);
// Frees the room for matches of regular expressions.
void cicada_free_regex_data(cicada_lua *lua);
// Pushes bytes as UTF-8 text as the charset of a Content-Type value says; raises when it is none of the known ones.
void cicada_push_decoded(lua_State *L, const char *bytes, size_t length, const char *content_type);

// Room for the text of an error and for its call stack.
#define CICADA_ERROR_ROOM 4096
#define CICADA_STACK_ROOM 8192

// The longest text that a library function makes.
#define CICADA_LARGEST_TEXT ((size_t)64 << 20)
// Work of a C function (bytes, items, steps) that goes by without a look at the clock.
#define CICADA_UNTIMED_WORK ((size_t)1 << 22)

// Looks at the clock; raises when the script has computed for too long.
void cicada_check_time(lua_State *L);
// Notes work that a C function is about to do, or has done: the hook counts only Lua's own instructions.
static inline void cicada_charge(lua_State *L, size_t work) {
    cicada_lua *lua = bridge_of(L);
    lua->work += work;
    if (lua->work >= CICADA_UNTIMED_WORK) cicada_check_time(L);
}
// Has the clock looked at soon, without raising.
void cicada_hurry(cicada_lua *lua);
// Raises unless a text of so many bytes may be made; collects garbage first where it would not fit otherwise.
void cicada_demand_room(lua_State *L, const char *what, double bytes);
// Leaves all calls of the running step, past every pcall. Does not return.
int cicada_unwind(lua_State *L, cicada_unwinding reason);
// The message handler of steps, wait functions and the top level: keeps the error's text, line and stack.
int cicada_describe_error(lua_State *L);
// Notes an error that the handler has not seen, by the status of the protected call; its value is on top of the stack.
void cicada_note_status(lua_State *L, int status);
// Forgets the last error and begins to count time anew.
static inline void cicada_begin_burst(cicada_lua *lua) {
    lua->burst_start = 0;
    lua->work = 0;
}
// The line of the innermost function of the script at or below a level of the call stack; 0 when there is none.
int32_t cicada_script_line(lua_State *L, int level);
// Pushes the `self` of a slot.
void cicada_push_self(lua_State *L, cicada_lua *lua, int slot);
// The line on which the running C function was called.
int cicada_line_of_caller(lua_State *L);
// Raises unless the top level of the script is running.
void cicada_demand_loading(lua_State *L, const char *what);
// Raises unless a step of a user is running and has not been broken off.
void cicada_demand_user(lua_State *L, cicada_lua *lua, const char *what);

// Each makes its part of a new state; all may raise.
void cicada_set_up_sandbox(lua_State *L, cicada_lua *lua);
void cicada_set_up_limits(lua_State *L, cicada_lua *lua);
void cicada_set_up_patterns(lua_State *L, cicada_lua *lua);
void cicada_set_up_bounds(lua_State *L, cicada_lua *lua);
void cicada_set_up_control(lua_State *L, cicada_lua *lua);
void cicada_set_up_data(lua_State *L, cicada_lua *lua);
void cicada_set_up_waits(lua_State *L, cicada_lua *lua);
void cicada_set_up_declarations(lua_State *L, cicada_lua *lua);
void cicada_set_up_actions(lua_State *L, cicada_lua *lua);
void cicada_set_up_responses(lua_State *L, cicada_lua *lua);
void cicada_set_up_verdicts(lua_State *L, cicada_lua *lua);
void cicada_set_up_json(lua_State *L, cicada_lua *lua);
void cicada_set_up_texts(lua_State *L, cicada_lua *lua);
void cicada_set_up_urls(lua_State *L, cicada_lua *lua);
void cicada_set_up_digests(lua_State *L, cicada_lua *lua);
void cicada_set_up_regex(lua_State *L, cicada_lua *lua);
void cicada_set_up_random(lua_State *L, cicada_lua *lua);
void cicada_set_up_time(lua_State *L, cicada_lua *lua);

#endif

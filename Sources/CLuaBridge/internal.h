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

// The longest text that a library function takes.
#define CICADA_LONGEST_TEXT ((size_t)64 << 20)
// The text at an index, of at most `limit` bytes; raises when it is none. `what` names the function in the message.
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

// Each makes its part of a new state; all may raise.
void cicada_set_up_sandbox(lua_State *L, cicada_lua *lua);
void cicada_set_up_declarations(lua_State *L, cicada_lua *lua);
void cicada_set_up_actions(lua_State *L, cicada_lua *lua);
void cicada_set_up_responses(lua_State *L, cicada_lua *lua);
void cicada_set_up_json(lua_State *L, cicada_lua *lua);
void cicada_set_up_texts(lua_State *L, cicada_lua *lua);
void cicada_set_up_urls(lua_State *L, cicada_lua *lua);
void cicada_set_up_digests(lua_State *L, cicada_lua *lua);
void cicada_set_up_regex(lua_State *L, cicada_lua *lua);
void cicada_set_up_random(lua_State *L, cicada_lua *lua);
void cicada_set_up_time(lua_State *L, cicada_lua *lua);

#endif

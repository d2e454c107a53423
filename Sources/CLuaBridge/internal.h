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
// Copies what the live response still needs, since its outcome ends with the next yield.
void cicada_retire_response(lua_State *L, cicada_lua *lua);
// The continuation of a request: raises the refusal or returns the response.
int cicada_request_answered(lua_State *L, int status, lua_KContext context);

// Each makes its part of a new state; all may raise.
void cicada_set_up_sandbox(lua_State *L, cicada_lua *lua);
void cicada_set_up_declarations(lua_State *L, cicada_lua *lua);
void cicada_set_up_actions(lua_State *L, cicada_lua *lua);
void cicada_set_up_responses(lua_State *L, cicada_lua *lua);

#endif

// What a script says of an answer: check, fail and pass.
#include <string.h>

#include "response.h"

void cicada_object(cicada_lua *lua, cicada_verdict *verdict, const char *reason, size_t length) {
    if (verdict->reason_length > 0) return;
    if (length > sizeof verdict->reason) {
        length = sizeof verdict->reason;
        while (length > 0 && ((unsigned char)reason[length] & 0xC0) == 0x80) length--;  // not inside a character
    }
    memcpy(verdict->reason, reason, length);
    verdict->reason_length = length;
    lua->has_notes = true;
}

// The verdict on the response at index 1, about which `usage` can still say something.
static cicada_verdict *verdict_on(lua_State *L, cicada_lua *lua, const char *what, const char *usage) {
    const response *target = lua_touserdata(L, 1);
    if (target != NULL && target == lua->live_response) return &lua->verdict;
    target = cicada_to_response(L, lua, 1);
    if (target == NULL) luaL_error(L, "%s needs a response first, not %s: write %s", what, luaL_typename(L, 1), usage);
    if (!is_live(lua, target)) {
        luaL_error(L, "%s must come before the user's next request or sleep: the response's request has been counted already", what);
    }
    return target->number < 0 ? &lua->verdict : &lua->batch_verdicts[target->number];
}

// Raises unless the value at index 2 is a text that says something.
static void check_reason(lua_State *L, const char *what, const char *noun, const char *usage) {
    if (lua_type(L, 2) == LUA_TSTRING && lua_rawlen(L, 2) > 0) return;
    const char *given = lua_type(L, 2) == LUA_TSTRING ? "an empty text" : luaL_typename(L, 2);
    luaL_error(L, "%s needs a %s second, not %s: write %s", what, noun, given, usage);
}

// Tells what the script says of the response at index 1, where somebody wants to know; the words are at index 2.
static void tell(lua_State *L, const cicada_lua *lua, const response *target, cicada_judgement judgement) {
    size_t length = 0;
    const char *words = judgement == CICADA_JUDGEMENT_PASS ? "" : lua_tolstring(L, 2, &length);
    lua->host.judge(lua->host.owner, target->number, words, length, judgement);
}

// What the script says itself takes the place of a reason that tells only of a status that was not expected.
static void replace_status(cicada_verdict *verdict) {
    if (!verdict->is_about_status) return;
    verdict->is_about_status = false;
    verdict->reason_length = 0;
}

// Of a description so many bytes are kept.
#define LONGEST_DESCRIPTION 512

// check(response, description, condition)
static int check(lua_State *L) {
    static const char usage[] = "check(r, \"what holds\", condition)";
    static const char prefix[] = "check failed: ";
    cicada_lua *lua = bridge_of(L);
    cicada_verdict *verdict = verdict_on(L, lua, "check", usage);
    check_reason(L, "check", "description", usage);
    if (lua_gettop(L) < 3) return luaL_error(L, "check needs a condition third: write %s", usage);
    const response *target = lua_touserdata(L, 1);
    if (lua->tells_judgements) tell(L, lua, target, lua_toboolean(L, 3) ? CICADA_JUDGEMENT_HOLDS : CICADA_JUDGEMENT_FAILS);
    if (!lua_toboolean(L, 3) && (verdict->reason_length == 0 || verdict->is_about_status) && !target->figures.is_transport_failure) {
        size_t length;
        const char *description = lua_tolstring(L, 2, &length);
        char reason[sizeof prefix + LONGEST_DESCRIPTION];
        if (length > LONGEST_DESCRIPTION) {
            length = LONGEST_DESCRIPTION;
            while (length > 0 && ((unsigned char)description[length] & 0xC0) == 0x80) length--;  // not inside a character
        }
        memcpy(reason, prefix, sizeof prefix - 1);
        memcpy(reason + sizeof prefix - 1, description, length);
        replace_status(verdict);
        cicada_object(lua, verdict, reason, sizeof prefix - 1 + length);
    }
    lua_settop(L, 3);
    return 1;
}

// fail(response, reason)
static int fail(lua_State *L) {
    static const char usage[] = "fail(r, \"what is wrong\")";
    cicada_lua *lua = bridge_of(L);
    cicada_verdict *verdict = verdict_on(L, lua, "fail", usage);
    check_reason(L, "fail", "reason", usage);
    const response *target = lua_touserdata(L, 1);
    size_t length;
    const char *reason = lua_tolstring(L, 2, &length);
    if (lua->tells_judgements) tell(L, lua, target, CICADA_JUDGEMENT_FAILURE);
    if (target->figures.is_transport_failure) return 0;
    replace_status(verdict);
    cicada_object(lua, verdict, reason, length);
    verdict->accepts_status = true;  // the reason is told, not the status
    return 0;
}

// pass(response)
static int pass(lua_State *L) {
    cicada_lua *lua = bridge_of(L);
    cicada_verdict *verdict = verdict_on(L, lua, "pass", "pass(r)");
    if (lua->tells_judgements) tell(L, lua, lua_touserdata(L, 1), CICADA_JUDGEMENT_PASS);
    verdict->accepts_status = true;
    if (verdict->is_about_status) verdict->reason_length = 0;
    lua->has_notes = true;
    return 0;
}

void cicada_set_up_verdicts(lua_State *L, cicada_lua *lua) {
    (void)lua;
    lua_register(L, "check", check);
    lua_register(L, "fail", fail);
    lua_register(L, "pass", pass);
}

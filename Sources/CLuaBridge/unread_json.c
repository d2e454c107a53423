// Stands in for the reader of JSON until there is one.
#include "internal.h"

__attribute__((weak)) void cicada_push_json(lua_State *L, const char *text, size_t length) {
    (void)text, (void)length;
    luaL_error(L, "JSON cannot be read yet");
}

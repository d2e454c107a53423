// time and format_time.
#include <math.h>
#include <string.h>
#include <time.h>

#include "internal.h"

// time(): seconds since 1970 with their fraction
static int now(lua_State *L) {
    cicada_demand_running(L, bridge_of(L), "time");
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
    return 1;
}

// The years 0000 to 9999.
#define EARLIEST (-62167219200.0)
#define LATEST 253402300799.0

// format_time(seconds, format [, zone])
static int format_time(lua_State *L) {
    if (lua_type(L, 1) != LUA_TNUMBER) {
        return luaL_error(L, "format_time needs a number of seconds since 1970 first, not %s: write format_time(time(), \"%%Y-%%m-%%d\")",
                          luaL_typename(L, 1));
    }
    double seconds = floor(lua_tonumber(L, 1));
    if (!(seconds >= EARLIEST && seconds <= LATEST)) return luaL_error(L, "format_time takes seconds of the years 0 to 9999");
    size_t length;
    const char *format = cicada_check_text(L, 2, "format_time", 256, &length);
    if (memchr(format, 0, length) != NULL) return luaL_error(L, "format_time has a format with a NUL byte");
    const char *zone = luaL_optstring(L, 3, "utc");
    bool is_local = strcmp(zone, "local") == 0;
    if (!is_local && strcmp(zone, "utc") != 0) return luaL_error(L, "format_time knows the zones \"utc\" and \"local\", not \"%s\"", zone);
    if (is_local) cicada_demand_running(L, bridge_of(L), "format_time with \"local\"");
    time_t time = (time_t)seconds;
    struct tm parts;
    if ((is_local ? localtime_r(&time, &parts) : gmtime_r(&time, &parts)) == NULL) {
        return luaL_error(L, "format_time cannot show this time");
    }
    // A blank in front tells an empty text from one that does not fit.
    char pattern[258] = " ";
    memcpy(pattern + 1, format, length);
    pattern[length + 1] = 0;
    char text[1024];
    size_t written = strftime(text, sizeof text, pattern, &parts);
    if (written == 0) return luaL_error(L, "format_time gives a text longer than 1000 bytes: write a shorter format");
    lua_pushlstring(L, text + 1, written - 1);
    return 1;
}

void cicada_set_up_time(lua_State *L, cicada_lua *lua) {
    (void)lua;
    lua_register(L, "time", now);
    lua_register(L, "format_time", format_time);
}

// hash and hmac, by OpenSSL.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "internal.h"

static const struct {
    const char *name;
    const EVP_MD *(*kind)(void);
    bool has_hmac;
} digests[] = {
    {"md5", EVP_md5, false},      {"sha1", EVP_sha1, true},     {"sha256", EVP_sha256, true},
    {"sha384", EVP_sha384, false}, {"sha512", EVP_sha512, true},
};
#define DIGEST_COUNT ((int)(sizeof digests / sizeof *digests))

typedef enum form { FORM_HEX, FORM_RAW, FORM_BASE64 } form;

static form check_form(lua_State *L, int index, const char *what) {
    if (lua_isnoneornil(L, index)) return FORM_HEX;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
    if (strcmp(text, "hex") == 0) return FORM_HEX;
    if (strcmp(text, "raw") == 0) return FORM_RAW;
    if (strcmp(text, "base64") == 0) return FORM_BASE64;
    luaL_error(L, "%s gives \"hex\", \"raw\" or \"base64\": write one of these as its last argument", what);
    return FORM_HEX;
}

static int push_digest(lua_State *L, const unsigned char *bytes, size_t length, form form) {
    switch (form) {
        case FORM_RAW: lua_pushlstring(L, (const char *)bytes, length); break;
        case FORM_BASE64: cicada_push_base64(L, (const char *)bytes, length, false); break;
        case FORM_HEX: cicada_push_hex(L, (const char *)bytes, length); break;
    }
    return 1;
}

// hash.NAME(text [, form]): upvalue 1 is the number of the digest, upvalue 2 the function's name
static int hash(lua_State *L) {
    int which = (int)lua_tointeger(L, lua_upvalueindex(1));
    const char *what = lua_tostring(L, lua_upvalueindex(2));
    size_t length;
    const char *text = cicada_check_text(L, 1, what, CICADA_LARGEST_TEXT, &length);
    form form = check_form(L, 2, what);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_length;
    if (EVP_Digest(text, length, digest, &digest_length, digests[which].kind(), NULL) != 1) {
        return luaL_error(L, "%s is not available: OpenSSL on this machine forbids it", what);
    }
    return push_digest(L, digest, digest_length, form);
}

// hmac.NAME(key, text [, form]): upvalues as for hash
static int hmac(lua_State *L) {
    int which = (int)lua_tointeger(L, lua_upvalueindex(1));
    const char *what = lua_tostring(L, lua_upvalueindex(2));
    size_t key_length, length;
    const char *key = cicada_check_text(L, 1, what, CICADA_LARGEST_TEXT, &key_length);
    const char *text = cicada_check_text(L, 2, what, CICADA_LARGEST_TEXT, &length);
    form form = check_form(L, 3, what);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_length;
    if (HMAC(digests[which].kind(), key, (int)key_length, (const unsigned char *)text, length, digest, &digest_length) == NULL) {
        return luaL_error(L, "%s is not available: OpenSSL on this machine forbids it", what);
    }
    return push_digest(L, digest, digest_length, form);
}

static void add(lua_State *L, const char *table, int which, lua_CFunction function) {
    lua_pushinteger(L, which);
    lua_pushfstring(L, "%s.%s", table, digests[which].name);
    lua_pushcclosure(L, function, 2);
    lua_setfield(L, -2, digests[which].name);
}

void cicada_set_up_digests(lua_State *L, cicada_lua *lua) {
    (void)lua;
    lua_createtable(L, 0, DIGEST_COUNT);
    for (int i = 0; i < DIGEST_COUNT; i++) add(L, "hash", i, hash);
    lua_setglobal(L, "hash");
    lua_createtable(L, 0, DIGEST_COUNT);
    for (int i = 0; i < DIGEST_COUNT; i++) {
        if (digests[i].has_hmac) add(L, "hmac", i, hmac);
    }
    lua_setglobal(L, "hmac");
}

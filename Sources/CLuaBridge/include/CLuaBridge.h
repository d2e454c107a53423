/// The part of the script engine that must be C: whatever may raise a Lua error or yield.
///
/// The rule: no Lua error and no yield jumps over a Swift frame. Script functions that need Swift call it through `cicada_host`, get a
/// plain value back, and only then raise. A script function that asks for a request or a sleep only yields: Swift reads its arguments
/// from the stack of the suspended coroutine and answers when it resumes it. All functions declared here are safe to call from Swift:
/// none of them raises.
#ifndef CLUABRIDGE_H
#define CLUABRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lua_State lua_State;

/// Texts that Swift makes for a script.
typedef enum cicada_text { CICADA_TEXT_UUID, CICADA_TEXT_TIMESTAMP } cicada_text;

/// Room that `cicada_host.text` may fill.
#define CICADA_TEXT_ROOM 64

/// How Swift writes a value for a script.
typedef enum cicada_encoding { CICADA_ENCODING_JSON, CICADA_ENCODING_QUERY } cicada_encoding;

/// What Swift does for script functions. All are called on the thread that runs the state and call nothing of Lua.
typedef struct cicada_host {
    void *owner;
    /// Writes a text of at most `CICADA_TEXT_ROOM` bytes and answers with its length.
    size_t (*text)(void *owner, cicada_text which, char *buffer);
    /// Takes a line that the script printed.
    void (*log)(void *owner, const char *text, size_t length);
    /// Writes the value at an index of a stack and leaves the stack as it was. What is written, or why it cannot be written, is readable
    /// until the next call. True: written.
    bool (*encode)(void *owner, cicada_encoding how, lua_State *stack, int index, const char **bytes, size_t *length);
} cicada_host;

/// Words that scripts use as keys and that are looked up without making a string.
typedef enum cicada_key {
    CICADA_KEY_FORM,
    CICADA_KEY_JSON,
    CICADA_KEY_BODY,
    CICADA_KEY_HEADERS,
    CICADA_KEY_QUERY,
    CICADA_KEY_NAME,
    CICADA_KEY_STATUS,
    CICADA_KEY_OK,
    CICADA_KEY_TRUNCATED,
    CICADA_KEY_MULTIPART,
    CICADA_KEY_TIMEOUT,
    CICADA_KEY_REDIRECTS,
    CICADA_KEY_AUTH,
    CICADA_KEY_EXPECT,
    CICADA_KEY_TIME,
    CICADA_KEY_PHASES,
    CICADA_KEY_URL,
    CICADA_KEY_ERROR,
    CICADA_KEY_TEXT,
    CICADA_KEY_COOKIES,
    CICADA_KEY_COUNT,
} cicada_key;

/// What a coroutine asked for when it yielded.
typedef enum cicada_command {
    CICADA_COMMAND_NONE,
    CICADA_COMMAND_REQUEST,
    CICADA_COMMAND_SLEEP,
    CICADA_COMMAND_BATCH,
} cicada_command;

/// What a coroutine is resumed with.
typedef enum cicada_answer {
    CICADA_ANSWER_NONE,
    CICADA_ANSWER_OUTCOME,
    CICADA_ANSWER_REFUSAL,
    CICADA_ANSWER_BATCH,
} cicada_answer;

/// How a resumed coroutine came back.
typedef enum cicada_return { CICADA_RETURN_ENDED, CICADA_RETURN_YIELDED, CICADA_RETURN_FAILED } cicada_return;

/// Most requests of one batch.
#define CICADA_BATCH_LIMIT 100

/// Room for why a request is a failure.
#define CICADA_REASON_ROOM 544

/// The figures of a request that a response keeps.
typedef struct cicada_figures {
    int32_t status;
    int32_t redirects;
    bool is_transport_failure;
    bool is_truncated;
    int64_t service_nanoseconds;
    /// Lookup, connect, TLS, wait, receive; below 0: did not happen.
    int64_t phase_microseconds[5];
} cicada_figures;

/// The outcome of a request as a script sees it. Memory belongs to the caller and is read only until the coroutine comes back.
typedef struct cicada_outcome {
    cicada_figures figures;
    const void *body;
    size_t body_length;
    const void *headers;
    size_t headers_length;
    /// Where the last redirect led; empty when none was followed.
    const void *url;
    size_t url_length;
    /// Why there was no answer, in words; empty when there was one.
    char words[128];
    size_t words_length;
} cicada_outcome;

/// What the script says of a request that has been answered.
typedef struct cicada_verdict {
    /// True: the status is none of a failure.
    bool accepts_status;
    /// True: the reason is only that the status was not the expected one.
    bool is_about_status;
    size_t reason_length;
    char reason[CICADA_REASON_ROOM];
} cicada_verdict;

/// A wait that a script declared with constant() or between(), in seconds; equal bounds: constant.
typedef struct cicada_wait {
    double from;
    double to;
} cicada_wait;

/// One Lua state with the script functions in it. Made by `cicada_open`, ended by `cicada_close`; used by one thread.
typedef struct cicada_lua {
    lua_State *main;
    cicada_host host;

    /// Memory held by Lua, in bytes, and the most it may hold.
    size_t used_bytes;
    size_t limit_bytes;

    /// True while the top level of the script runs.
    bool is_loading;
    /// The coroutine being resumed; NULL when none is.
    lua_State *running;
    /// True while a broken-off coroutine closes its `<close>` variables.
    bool is_closing;
    /// Line of the last error that the top level raised; 0 when unknown.
    int32_t error_line;

    /// Set when a coroutine yields.
    cicada_command command;
    int32_t method;
    int64_t sleep_nanoseconds;

    /// Set before a coroutine is resumed.
    cicada_answer answer;
    cicada_outcome outcome;
    size_t refusal_length;
    char refusal[1024];

    /// Set when there is something for Swift to take when the coroutine has come back: a verdict, cleared cookies.
    bool has_notes;
    /// Set by http:clear_cookies(): with the next request the user's cookies are forgotten.
    bool clears_cookies;
    /// What is said of the request just answered.
    cicada_verdict verdict;
    /// Set before a coroutine is resumed with the answers of a batch, with its outcomes and verdicts.
    int32_t batch_count;
    cicada_outcome *batch_outcomes;
    cicada_verdict *batch_verdicts;

    /// The response whose outcome can still be read; NULL when none, or when they are several.
    void *live_response;
    /// How many responses can still be read, and the number that they bear.
    int32_t live_count;
    uint64_t live_generation;

    /// State of the generator of the script's random numbers.
    uint64_t random_state;

    /// Fixed values of this state and where they stand in the registry.
    const void *http_object;
    const void *wait_metatable;
    const void *response_metatable;
    const void *json_null;
    const void *json_array_metatable;
    const char *keys[CICADA_KEY_COUNT];
    int declared_reference;
    int task_lines_reference;
    int users_reference;
    int coroutines_reference;
    int self_metatable_reference;
    int response_metatable_reference;
    int headers_metatable_reference;
    int live_reference;
    int json_null_reference;
    int regex_cache_reference;
    int32_t regex_count;
    /// Room for matches, and whether it has grown.
    void *regex_data;
    bool regex_is_heavy;
} cicada_lua;

/// Opens a sandboxed state with all script functions. NULL when memory does not suffice.
cicada_lua *cicada_open(cicada_host host, size_t limit_bytes);
/// Closes a state and frees all it held.
void cicada_close(cicada_lua *lua);

/// Compiles a script (text only). On success the function is on top of the main stack, otherwise the message is. `consumed` is the
/// number of bytes the compiler had read when it stopped: one more than the end of the last token.
bool cicada_compile(cicada_lua *lua, const char *source, size_t length, const char *chunk_name, size_t *consumed);
/// Runs the compiled function on top of the main stack. On failure the error is on top instead, a text
/// unless even describing it failed, and `error_line` is set.
bool cicada_run_top_level(cicada_lua *lua);
/// Takes the value on top of the main stack off it and keeps it in the registry. A reference above 0, or 0 when memory does not suffice.
int cicada_keep(cicada_lua *lua);
/// The wait at this index of a stack; NULL when the value is none.
const cicada_wait *cicada_to_wait(cicada_lua *lua, lua_State *stack, int index);

/// Makes the `self` of the user in this slot. False when memory does not suffice.
bool cicada_make_user(cicada_lua *lua, int slot);
/// Forgets the `self` of the user in this slot.
void cicada_drop_user(cicada_lua *lua, int slot);
/// Makes a coroutine and keeps it under an index, from 0. NULL when memory does not suffice.
lua_State *cicada_make_coroutine(cicada_lua *lua, int index);
/// Forgets the coroutine kept under an index.
void cicada_drop_coroutine(cicada_lua *lua, int index);

/// Starts a kept function in an unused coroutine with the `self` of a slot as its argument.
cicada_return cicada_begin(cicada_lua *lua, lua_State *coroutine, int function_reference, int slot);
/// Resumes a yielded coroutine with what `answer` and `outcome` say. Values left on its stack by the yield are dropped.
cicada_return cicada_resume(cicada_lua *lua, lua_State *coroutine);
/// Makes a failed or yielded coroutine fit for another `cicada_begin`; its pending `<close>` variables are closed.
void cicada_reset(cicada_lua *lua, lua_State *coroutine);
/// Sets the reason with which the next `cicada_resume` refuses a request (`answer` is set too); cut to the room there is.
void cicada_refuse(cicada_lua *lua, const char *text, size_t length);

/// Describes the error that a coroutine failed with: pushes its text and its call stack on the main stack. False, and nothing
/// pushed, when even that failed.
bool cicada_describe_failure(cicada_lua *lua, lua_State *coroutine);
/// The innermost line of the script that a failed coroutine stood on; 0 when unknown.
int32_t cicada_failure_line(lua_State *coroutine);
/// The line on which the function on top of the main stack begins; 0 when unknown.
int32_t cicada_function_line(cicada_lua *lua);

/// Makes the collector incremental. `pause` and `step_multiplier` in percent, `step_size` as a power of two of bytes.
void cicada_tune_collector(cicada_lua *lua, int pause, int step_multiplier, int step_size);
/// Does one step of the collector; true when it ended a cycle.
bool cicada_step_collector(cicada_lua *lua);
/// Collects all garbage.
void cicada_collect(cicada_lua *lua);

/// Sets the seed of the script's random numbers.
void cicada_seed(cicada_lua *lua, uint64_t seed);
/// The next of the script's random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Not for secrets.
uint64_t cicada_next_random(cicada_lua *lua);

/// The method with this name in upper or lower case, as `LoadModel.HTTPMethod` numbers them; below 0: there is none.
int cicada_find_method(const char *name);

/// Reads a JSON text: its value is on top of the main stack afterwards. False: the message is on top instead.
bool cicada_decode_json(cicada_lua *lua, const char *text, size_t length);

/// Makes room for the outcomes and verdicts of a batch, empties the verdicts and sets `batch_count`. False when memory does not suffice.
bool cicada_prepare_batch(cicada_lua *lua, int count);
/// Sets why a request is a failure, unless a reason is there already; cut between characters to the room there is.
void cicada_object(cicada_lua *lua, cicada_verdict *verdict, const char *reason, size_t length);

/// Whether bytes occur among others.
bool cicada_occurs(const void *bytes, size_t length, const void *wanted, size_t wanted_length);

/// Writes a number as Lua's tostring does; the length, at most 40.
size_t cicada_format_number(double value, char *buffer);
/// Writes a finite number so that reading it gives the same number; the length, at most 40.
size_t cicada_format_exact_number(double value, char *buffer);

/// The known word that an interned string is; `CICADA_KEY_COUNT` when it is none.
static inline cicada_key cicada_identify(const cicada_lua *lua, const char *text) {
    int key = 0;
    while (key < CICADA_KEY_COUNT && lua->keys[key] != text) key++;
    return (cicada_key)key;
}

/// The index of the registry on every Lua stack.
extern const int32_t cicada_registry_index;

#endif

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
/// Bytes of somebody else's, valid until the next call to the one that gave them.
typedef struct cicada_bytes {
    const void *start;
    size_t length;
} cicada_bytes;

/// What a script says of an answer.
typedef enum cicada_judgement { CICADA_JUDGEMENT_HOLDS, CICADA_JUDGEMENT_FAILS, CICADA_JUDGEMENT_FAILURE, CICADA_JUDGEMENT_PASS } cicada_judgement;

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
    /// The variable of the environment with this name: 1 and its value, 0 when it is not set, -1 and why it cannot be read.
    int (*variable)(void *owner, const char *name, size_t length, cicada_bytes *value);
    /// The content of the file with this name: 1 and the content, -1 and why it cannot be read.
    int (*file)(void *owner, const char *name, size_t length, cicada_bytes *content);
    /// Declares the data source that the argument of data() describes, at index 1 of the main stack: its number, from 0, or -1 and why not.
    int (*declare_data)(void *owner, int32_t line, cicada_bytes *message);
    /// The number of rows of a data source, and that of its columns; columns 0: each row is one JSON value.
    int64_t (*count_rows)(void *owner, int source, int *columns);
    /// The name of a column, from 0; false when columns have only numbers.
    bool (*column)(void *owner, int source, int column, cicada_bytes *name);
    /// The row that the running user has now, from 0; or one of the `cicada_draw` values. `message` is set with `CICADA_DRAW_FAILED`.
    int64_t (*draw)(void *owner, int source, cicada_bytes *message);
    /// What stands in a row and a column, both from 0; for JSON, column 0 is the whole row.
    cicada_bytes (*cell)(void *owner, int source, int64_t row, int column);
    /// Takes a figure of the script's own.
    void (*measure)(void *owner, bool is_timing, const char *name, size_t length, double value);
    /// Called only where `tells_judgements` is set: what the script says of the answer with this number in its batch, from 0; -1: it stands alone.
    void (*judge)(void *owner, int32_t number, const char *text, size_t length, cicada_judgement judgement);
} cicada_host;

/// Why there is no row now.
enum cicada_draw {
    /// More rows have to be granted first.
    CICADA_DRAW_LATER = -1,
    /// There is none left, and so the user ends.
    CICADA_DRAW_STOP = -2,
    /// There is none left, and that is an error.
    CICADA_DRAW_FAILED = -3,
};

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
    CICADA_COMMAND_ROWS,
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

/// Why all calls of a step are being left, past every pcall of the script.
typedef enum cicada_unwinding {
    CICADA_UNWINDING_NONE,
    /// The script computed for too long.
    CICADA_UNWINDING_TIME,
    /// The state would hold more memory than it may: it must not be entered again.
    CICADA_UNWINDING_MEMORY,
    CICADA_UNWINDING_STOP_USER,
    CICADA_UNWINDING_STOP_RUN,
    CICADA_UNWINDING_LEAVE,
} cicada_unwinding;

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

/// How long users wait.
typedef enum cicada_wait_kind { CICADA_WAIT_RANGE, CICADA_WAIT_EXPONENTIAL, CICADA_WAIT_SCHEDULE } cicada_wait_kind;

/// A wait that a script declared, in seconds. Range: equal bounds are a constant; exponential: `from` is the mean; schedule: `from` is
/// the interval.
typedef struct cicada_wait {
    cicada_wait_kind kind;
    bool catches_up;
    double from;
    double to;
} cicada_wait;

/// What a table of the script was declared as.
typedef enum cicada_item { CICADA_ITEM_TASK, CICADA_ITEM_SEQUENCE, CICADA_ITEM_GROUP } cicada_item;

/// One Lua state with the script functions in it. Made by `cicada_open`, ended by `cicada_close`; used by one thread.
typedef struct cicada_lua {
    lua_State *main;
    cicada_host host;

    /// Memory held by Lua, in bytes, and the most it may hold. `report_bytes` may come on top while an error is described.
    size_t used_bytes;
    size_t limit_bytes;
    size_t report_bytes;
    /// True when Lua was refused memory and has not got it since; what it had asked for.
    bool is_refused;
    /// The line of the script that asked first for memory that was refused; 0: unknown.
    int32_t refused_line;
    const void *refused_block;
    size_t refused_size;

    /// When the script began to compute without a pause, by the monotonic clock; 0: the clock has not been read since. How long it may.
    /// The thread's computing time at the same moment.
    int64_t burst_start;
    int64_t burst_limit;
    int64_t burst_computed;
    /// Work of C functions since the clock was read last: bytes, items or steps.
    size_t work;
    cicada_unwinding unwinding;
    /// Why the run shall stop.
    size_t stop_reason_length;
    char stop_reason[512];
    /// How deeply coroutines close one another.
    int closing_depth;

    /// True while the top level of the script runs.
    bool is_loading;
    /// Whether a function of `load` is running, in which nothing can be declared.
    bool is_shaping;
    /// The coroutine being resumed; NULL when none is.
    lua_State *running;
    /// The innermost coroutine that is being executed, one of the script's own maybe.
    lua_State *current;
    /// True while a wait function runs.
    bool is_pausing;
    /// True: `cicada_host.judge` is told what the script says of answers.
    bool tells_judgements;
    /// Whose step is running: slot, number in the run (below 0: nobody's), class.
    int32_t slot;
    int32_t user_class;
    int64_t user_number;
    /// True while a broken-off coroutine closes its `<close>` variables.
    bool is_closing;
    /// The last error that was not caught: its text, where it was raised (0: unknown), and the calls that led there.
    bool is_describing;
    int32_t error_line;
    size_t error_text_length;
    size_t error_stack_length;
    char *error_text;
    char *error_stack;
    /// How the step that ended last came to its end.
    int step_status;

    /// Set when a coroutine yields.
    cicada_command command;
    int32_t method;
    int64_t sleep_nanoseconds;
    int32_t source;
    /// Set by C functions that leave something for Swift to take when the coroutine comes back.
    bool has_notes;

    /// Set before a coroutine is resumed.
    cicada_answer answer;
    cicada_outcome outcome;
    size_t refusal_length;
    char refusal[1024];

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
    const void *data_metatable;
    const void *response_metatable;
    const void *json_null;
    const void *json_array_metatable;
    const char *keys[CICADA_KEY_COUNT];
    int declared_reference;
    int items_reference;
    int setup_reference;
    int teardown_reference;
    int32_t setup_line;
    int32_t teardown_line;
    int load_reference;
    int thresholds_reference;
    int32_t load_line;
    int32_t thresholds_line;
    int column_names_reference;
    int self_index_reference;
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
/// Runs the compiled function on top of the main stack and takes it off. False on failure: see `error_text`, `error_line` and `unwinding`.
bool cicada_run_top_level(cicada_lua *lua);
/// Calls the function kept under a reference with a whole number, under the rules of the top level and without its declarations. Its first
/// result is then on top of the main stack. False on failure, with nothing there: see `cicada_run_top_level`.
bool cicada_call_shape(cicada_lua *lua, int reference, int64_t seconds);
/// Takes the value on top of the main stack off it and keeps it in the registry. A reference above 0, or 0 when memory does not suffice.
int cicada_keep(cicada_lua *lua);
/// What the table at this index of a stack was declared as, and on which line; false when it was not.
bool cicada_to_item(cicada_lua *lua, lua_State *stack, int index, cicada_item *item, int32_t *line);
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

/// Starts a kept function in an unused coroutine with the `self` of a slot as its argument. When it ends, what it returned is alone on the
/// coroutine's stack until the next call. When it fails, see `error_text` and `unwinding`; the coroutine can be used again at once.
cicada_return cicada_begin(cicada_lua *lua, lua_State *coroutine, int function_reference, int slot);
/// Resumes a yielded coroutine with what `answer` and `outcome` say. Values left on its stack by the yield are dropped.
cicada_return cicada_resume(cicada_lua *lua, lua_State *coroutine);
/// Breaks off a yielded coroutine: its pending `<close>` variables are closed. It is fit for another `cicada_begin`.
void cicada_reset(cicada_lua *lua, lua_State *coroutine);
/// Calls a kept wait function with the `self` of a slot and takes the number of seconds that it returned. False when it failed: see
/// `error_text` and `unwinding`.
bool cicada_pause(cicada_lua *lua, int function_reference, int slot, double *seconds);
/// Makes the JSON text the value of `self.shared`; empty: nil. False when it is no JSON or memory does not suffice.
bool cicada_share(cicada_lua *lua, const char *text, size_t length);
/// Sets the reason with which the next `cicada_resume` refuses a request (`answer` is set too); cut to the room there is.
void cicada_refuse(cicada_lua *lua, const char *text, size_t length);

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

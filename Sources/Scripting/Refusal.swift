/// Why a request that a script asked for cannot be made: becomes a Lua error where the script asked.
struct Refusal: Error {
    /// What is wrong and what to do.
    var message: String
}

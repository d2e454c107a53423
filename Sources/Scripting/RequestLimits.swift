import CLua
import CLuaBridge

/// Reads how long a request may take and how many redirects it follows: the options `timeout` and `redirects`, of requests and classes.
enum RequestLimits {
    /// The longest timeout, in seconds: a day.
    static let longestTimeout = 86400.0
    /// The most redirects that can be asked for.
    static let mostRedirects = 100

    /// `timeout`: seconds, from 0.001; in milliseconds, rounded up.
    static func timeoutMilliseconds(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal)
        -> Int32
    {
        guard lua_type(stack, index) == LUA_TNUMBER, case let seconds = lua_tonumberx(stack, index, nil),
            seconds >= 0.001, seconds <= longestTimeout
        else {
            let given = LuaValue(at: index, of: stack, lua).wordsAmongNumbers
            throw Refusal(message: "timeout must be a number of seconds from 0.001 to 86400, not \(given)")
        }
        return Int32((seconds * 1000).rounded(.up))
    }

    /// `redirects`: true (as many as the transport follows), false (none), or a number. As `RequestDraft.mostRedirects` has it.
    static func redirects(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal) -> Int16 {
        switch lua_type(stack, index) {
        case LUA_TBOOLEAN: return lua_toboolean(stack, index) != 0 ? -1 : 0
        case LUA_TNUMBER where lua_isinteger(stack, index) != 0:
            let count = lua_tointegerx(stack, index, nil)
            if (0...mostRedirects).contains(Int(count)) { return Int16(count) }
        default: break
        }
        let given = LuaValue(at: index, of: stack, lua).wordsAmongNumbers
        throw Refusal(message: "redirects must be true, false or a whole number from 0 to \(mostRedirects), not \(given)")
    }
}

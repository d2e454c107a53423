import CLua
import CLuaBridge

/// A value of a script, as far as declarations and messages need it.
enum LuaValue {
    case none, function, table
    case flag(Bool)
    case number(Double)
    case text(String)
    case wait(cicada_wait)
    case other(String)

    /// Looks at the value at an index of a stack and leaves it there.
    init(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) {
        switch lua_type(stack, index) {
        case LUA_TNIL, LUA_TNONE: self = .none
        case LUA_TFUNCTION: self = .function
        case LUA_TTABLE: self = .table
        case LUA_TBOOLEAN: self = .flag(lua_toboolean(stack, index) != 0)
        case LUA_TNUMBER: self = .number(lua_tonumberx(stack, index, nil))
        case LUA_TSTRING: self = .text(LuaState.text(at: index, of: stack))
        case let type:
            if let wait = cicada_to_wait(lua, stack, index) {
                self = .wait(wait.pointee)
            } else {
                self = .other(type == LUA_TTHREAD ? "a coroutine" : "an object")
            }
        }
    }

    /// The value as a message names it: "nil", "a table", "the number 3", "the text \"x\"".
    var words: String {
        switch self {
        case .none: "nil"
        case .function: "a function"
        case .table: "a table"
        case .flag(let flag): "\(flag)"
        case .number(let number): "the number \(Self.text(of: number))"
        case .text(let text): "the text \"\(text.count > 40 ? text.prefix(37) + "..." : text)\""
        case .wait: "a wait"
        case .other(let words): words
        }
    }

    /// The value where a number is expected: a number stands for itself.
    var wordsAmongNumbers: String {
        if case .number(let number) = self { return Self.text(of: number) }
        return words
    }

    private static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

import CLua
import CLuaBridge

/// The statuses that a script expects of an answer: the option `expect` of a request.
struct Expectation: Equatable {
    /// Never empty. A range of one status, or of a hundred (`"2xx"`).
    private(set) var ranges: [ClosedRange<Int32>] = []

    /// Reads 404, "2xx", or a list of such. Leaves the stack as it was.
    init(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal) {
        guard lua_type(stack, index) == LUA_TTABLE else {
            ranges = [try Self.range(at: index, of: stack, lua)]
            return
        }
        let count = Int(lua_rawlen(stack, index))
        try PairReader.reserve(4, on: stack, what: "expect")
        let top = lua_gettop(stack)
        defer { lua_settop(stack, top) }
        if count == 0 { throw Refusal(message: "expect is an empty list: write expect = 404, expect = \"2xx\" or expect = { 200, 404 }") }
        if count > 100 { throw Refusal(message: "expect has \(count) items; at most 100 are taken") }
        for item in 1...count {
            lua_rawgeti(stack, index, lua_Integer(item))
            ranges.append(try Self.range(at: top + 1, of: stack, lua))
            lua_settop(stack, top)
        }
    }

    private static func range(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal)
        -> ClosedRange<Int32>
    {
        switch lua_type(stack, index) {
        case LUA_TNUMBER where lua_isinteger(stack, index) != 0:
            let status = lua_tointegerx(stack, index, nil)
            if (100...999).contains(status) { return Int32(status)...Int32(status) }
        case LUA_TSTRING:
            let text = PairReader.bytes(index, of: stack)
            if text.count == 3, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(text[0]), text[1] | 0x20 == UInt8(ascii: "x"),
                text[2] | 0x20 == UInt8(ascii: "x")
            {
                let first = Int32(text[0] - 48) * 100
                return first...first + 99
            }
        default: break
        }
        let given = LuaValue(at: index, of: stack, lua).words
        throw Refusal(message: "expect knows statuses like 404 and classes like \"2xx\", not \(given)")
    }

    /// Whether a status is among the expected ones.
    func holds(_ status: Int32) -> Bool { ranges.contains { $0.contains(status) } }

    /// The expected statuses in words: `200 or 4xx`.
    var words: String { ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound / 100)xx" }.joined(separator: " or ") }
}

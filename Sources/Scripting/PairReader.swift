import CLua
import CLuaBridge
import Glibc

/// Reads a table of names and values: `{ name = value }`, sorted by name, or `{ { name, value }, … }`, in its own order.
///
/// One per engine thread: its memory is used again and again.
struct PairReader {
    /// A name, valid while the table lives, and the index of its value on the stack.
    struct Pair {
        var name: UnsafeRawBufferPointer
        var value: Int32
    }

    /// What was read last.
    private(set) var pairs: [Pair] = []

    /// Reads the table at an index of a stack and leaves the values on the stack. `what` names the table in refusals.
    mutating func read(_ table: Int32, of stack: OpaquePointer?, what: StaticString) throws(Refusal) {
        pairs.removeAll(keepingCapacity: true)
        let isList = lua_rawlen(stack, table) > 0
        if isList { try readList(table, of: stack, what: what) } else { try readMap(table, of: stack, what: what) }
    }

    private mutating func readMap(_ table: Int32, of stack: OpaquePointer?, what: StaticString) throws(Refusal) {
        var top = lua_gettop(stack)
        lua_pushnil(stack)
        while lua_next(stack, table) != 0 {
            guard lua_type(stack, top + 1) == LUA_TSTRING else {
                throw Refusal(message: "\(what) must have texts as names: { name = value } or { { \"name\", value }, ... }")
            }
            insert(Pair(name: Self.bytes(top + 1, of: stack), value: top + 2))
            top += 2
            try Self.reserve(4, on: stack, what: what)
            lua_pushvalue(stack, top - 1)
        }
        if pairs.count > 8 { pairs.sort { Self.isOrdered($0.name, $1.name) } }
    }

    /// Adds a pair; keeps short lists sorted, long ones are sorted at the end.
    private mutating func insert(_ pair: Pair) {
        var index = pairs.count
        pairs.append(pair)
        guard index <= 8 else { return }
        while index > 0, Self.isOrdered(pair.name, pairs[index - 1].name) {
            pairs[index] = pairs[index - 1]
            index -= 1
        }
        pairs[index] = pair
    }

    private mutating func readList(_ table: Int32, of stack: OpaquePointer?, what: StaticString) throws(Refusal) {
        let count = Int(lua_rawlen(stack, table))
        for number in 1...count {
            try Self.reserve(8, on: stack, what: what)
            lua_rawgeti(stack, table, lua_Integer(number))
            let pair = lua_gettop(stack)
            guard lua_type(stack, pair) == LUA_TTABLE, lua_rawlen(stack, pair) == 2 else {
                throw Refusal(message: "item \(number) of \(what) must be a pair { \"name\", value }")
            }
            lua_rawgeti(stack, pair, 1)
            lua_rawgeti(stack, pair, 2)
            guard lua_type(stack, pair + 1) == LUA_TSTRING else {
                throw Refusal(message: "item \(number) of \(what) must have a text as its name: { \"name\", value }")
            }
            pairs.append(Pair(name: Self.bytes(pair + 1, of: stack), value: pair + 2))
        }
        lua_pushnil(stack)
        var items = 0
        while lua_next(stack, table) != 0 {
            items += 1
            lua_settop(stack, -2)
        }
        if items != count {
            throw Refusal(message: "\(what) mixes pairs and names: use either { name = value } or { { \"name\", value }, ... }")
        }
    }

    /// The bytes of the text at an index; no copy.
    static func bytes(_ index: Int32, of stack: OpaquePointer?) -> UnsafeRawBufferPointer {
        var length = 0
        let start = lua_tolstring(stack, index, &length)
        return UnsafeRawBufferPointer(start: start, count: length)
    }

    /// Makes room for further values on a stack.
    static func reserve(_ count: Int32, on stack: OpaquePointer?, what: StaticString) throws(Refusal) {
        if lua_checkstack(stack, count) == 0 { throw Refusal(message: "\(what) has too many items") }
    }

    /// Whether a name comes before another, byte by byte.
    static func isOrdered(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard let first = a.baseAddress, let second = b.baseAddress else { return a.count < b.count }
        let order = memcmp(first, second, min(a.count, b.count))
        return order != 0 ? order < 0 : a.count < b.count
    }
}

import CLua
import CLuaBridge
import LoadModel

/// Writes a script's value as JSON (RFC 8259).
///
/// A table with items 1…n and nothing else is an array; one with names only is an object, its names in byte order; an empty table is an
/// object, unless it is marked as an array. At most `deepest` tables stand inside one another.
struct JSONBody {
    /// Greatest depth of tables; also what stops a table that contains itself.
    static let deepest = 100
    /// The longest text written, in bytes: tables that stand in several places can make a short script write without end.
    static let longest = 64 << 20
    /// The most values written, for the same reason.
    static let mostValues = 1_000_000

    private let lua: UnsafeMutablePointer<cicada_lua>

    /// A writer for values on a state's stacks.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Appends the value at an index of a stack; leaves the stack as it was. What was appended before a refusal stays.
    func append(_ index: Int32, of stack: OpaquePointer?, to buffer: inout ByteBuffer) throws(Refusal) {
        var values = 0
        try append(index, of: stack, depth: 0, values: &values, to: &buffer)
    }

    /// `values` counts what has been written.
    private func append(
        _ index: Int32, of stack: OpaquePointer?, depth: Int, values: inout Int, to buffer: inout ByteBuffer
    ) throws(Refusal) {
        values += 1
        guard values <= Self.mostValues else {
            throw Refusal(message: "json has more than \(Self.mostValues) values: does a table stand in many places?")
        }
        guard buffer.count <= Self.longest else { throw Refusal(message: "json has more than \(Self.longest) bytes") }
        switch lua_type(stack, index) {
        case LUA_TSTRING: try append(text: PairReader.bytes(index, of: stack), to: &buffer)
        case LUA_TNUMBER:
            guard NumberText.isFinite(index, of: stack) else {
                throw Refusal(message: "json cannot hold a number that is infinite or not a number")
            }
            NumberText.appendExactly(index, of: stack, to: &buffer)
        case LUA_TBOOLEAN: if lua_toboolean(stack, index) != 0 { buffer.append("true") } else { buffer.append("false") }
        case LUA_TTABLE:
            guard depth < Self.deepest else {
                throw Refusal(message: "json goes deeper than \(Self.deepest) tables: does a table contain itself?")
            }
            try PairReader.reserve(8, on: stack, what: "json")
            let count = Int(lua_rawlen(stack, index))
            if count == 0, isMarkedArray(index, stack) {
                try appendEmptyArray(index, of: stack, to: &buffer)
            } else if count > 0 {
                try appendArray(index, of: stack, count: count, depth: depth, values: &values, to: &buffer)
            } else {
                try appendObject(index, of: stack, depth: depth, values: &values, to: &buffer)
            }
        case LUA_TUSERDATA where lua_topointer(stack, index) == lua.pointee.json_null: buffer.append("null")
        default:
            throw Refusal(message: "json cannot hold a \(String(cString: lua_typename(stack, lua_type(stack, index))))")
        }
    }

    /// Whether json.array() or json.decode() has made the table at an index an array.
    private func isMarkedArray(_ index: Int32, _ stack: OpaquePointer?) -> Bool {
        guard lua_getmetatable(stack, index) != 0 else { return false }
        defer { lua_settop(stack, -2) }
        return lua_topointer(stack, -1) == lua.pointee.json_array_metatable
    }

    private func appendEmptyArray(_ index: Int32, of stack: OpaquePointer?, to buffer: inout ByteBuffer) throws(Refusal) {
        let top = lua_gettop(stack)
        lua_pushnil(stack)
        if lua_next(stack, index) != 0 {
            lua_settop(stack, top)
            throw Refusal(message: "json has an array (json.array) with names or without a first item: give it items from 1 on")
        }
        buffer.append("[]")
    }

    private func appendArray(
        _ index: Int32, of stack: OpaquePointer?, count: Int, depth: Int, values: inout Int, to buffer: inout ByteBuffer
    ) throws(Refusal) {
        let top = lua_gettop(stack)
        var items = 0
        lua_pushnil(stack)
        while lua_next(stack, index) != 0 {
            guard lua_isinteger(stack, top + 1) != 0, (1...count).contains(Int(lua_tointegerx(stack, top + 1, nil))) else {
                throw Refusal(message: "json has a table with both items and names, or with gaps: use either an array or an object")
            }
            items += 1
            lua_settop(stack, top + 1)
        }
        if items != count { throw Refusal(message: "json has an array with gaps: put values into 1 to n without a nil between") }
        buffer.append(UInt8(ascii: "["))
        for item in 1...count {
            if item > 1 { buffer.append(UInt8(ascii: ",")) }
            lua_rawgeti(stack, index, lua_Integer(item))
            try append(top + 1, of: stack, depth: depth + 1, values: &values, to: &buffer)
            lua_settop(stack, top)
        }
        buffer.append(UInt8(ascii: "]"))
    }

    private func appendObject(
        _ index: Int32, of stack: OpaquePointer?, depth: Int, values: inout Int, to buffer: inout ByteBuffer
    ) throws(Refusal) {
        let bottom = lua_gettop(stack)
        var top = bottom
        var pairs: [PairReader.Pair] = []
        lua_pushnil(stack)
        while lua_next(stack, index) != 0 {
            guard lua_type(stack, top + 1) == LUA_TSTRING else {
                throw Refusal(message: "json has a table whose names are not texts, or an array that does not begin at 1")
            }
            pairs.append(PairReader.Pair(name: PairReader.bytes(top + 1, of: stack), value: top + 2))
            top += 2
            try PairReader.reserve(8, on: stack, what: "json")
            lua_pushvalue(stack, top - 1)
        }
        pairs.sort { PairReader.isOrdered($0.name, $1.name) }
        buffer.append(UInt8(ascii: "{"))
        for (number, pair) in pairs.enumerated() {
            if number > 0 { buffer.append(UInt8(ascii: ",")) }
            try append(text: pair.name, to: &buffer)
            buffer.append(UInt8(ascii: ":"))
            try append(pair.value, of: stack, depth: depth + 1, values: &values, to: &buffer)
        }
        buffer.append(UInt8(ascii: "}"))
        lua_settop(stack, bottom)
    }

    private func append(text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) throws(Refusal) {
        guard Self.isUTF8(text) else {
            throw Refusal(message: "json cannot hold a text that is not UTF-8: send such bytes with body")
        }
        buffer.append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            buffer.append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            start = index + 1
            buffer.append(UInt8(ascii: "\\"))
            switch byte {
            case 8: buffer.append(UInt8(ascii: "b"))
            case 9: buffer.append(UInt8(ascii: "t"))
            case 10: buffer.append(UInt8(ascii: "n"))
            case 12: buffer.append(UInt8(ascii: "f"))
            case 13: buffer.append(UInt8(ascii: "r"))
            case 0..<32:
                buffer.append("u00")
                buffer.append(byte < 16 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                buffer.append(byte & 15 + (byte & 15 < 10 ? 48 : 87))
            default: buffer.append(byte)
            }
        }
        buffer.append(UnsafeRawBufferPointer(rebasing: text[start..<text.count]))
        buffer.append(UInt8(ascii: "\""))
    }

    private static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
        if text.allSatisfy({ $0 < 128 }) { return true }
        return String(validating: text, as: UTF8.self) != nil
    }
}

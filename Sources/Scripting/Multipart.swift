import CLua
import CLuaBridge
import LoadModel

/// Writes a body as `multipart/form-data` (RFC 7578): the option `multipart` of a request.
struct Multipart {
    /// One field of the form.
    private struct Part {
        var name: UnsafeRawBufferPointer
        /// Bytes of the value, where it is a text.
        var data: UnsafeRawBufferPointer?
        /// Index of the value on the stack, where it is no text.
        var value: Int32 = 0
        var filename: UnsafeRawBufferPointer?
        var type: UnsafeRawBufferPointer?
    }

    private let lua: UnsafeMutablePointer<cicada_lua>
    private var pairs = PairReader()

    /// A writer for values on a state's stacks.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Writes the table at an index as the draft's body, and its type among the headers; leaves values on the stack.
    mutating func write(_ index: Int32, of stack: OpaquePointer?, into draft: inout RequestDraft) throws(Refusal) {
        guard lua_type(stack, index) == LUA_TTABLE else {
            throw Refusal(message: "multipart must be a table, not \(words(index, stack)): write multipart = { field = \"value\" }")
        }
        try pairs.read(index, of: stack, what: "multipart")
        if pairs.pairs.isEmpty { throw Refusal(message: "multipart has no fields: write multipart = { field = \"value\" }") }
        var parts: [Part] = []
        for pair in pairs.pairs { parts.append(try part(pair, of: stack)) }
        let boundary = boundary(of: parts)
        for part in parts { append(part, boundary: boundary, of: stack, to: &draft.body) }
        draft.body.append("--")
        draft.body.append(boundary)
        draft.body.append("--\r\n")
        draft.bodyKind = .raw
        draft.headers.append("Content-Type: multipart/form-data; boundary=")
        draft.headers.append(boundary)
        draft.headers.append(0)
    }

    private func part(_ pair: PairReader.Pair, of stack: OpaquePointer?) throws(Refusal) -> Part {
        var part = Part(name: pair.name)
        switch lua_type(stack, pair.value) {
        case LUA_TSTRING: part.data = PairReader.bytes(pair.value, of: stack)
        case LUA_TNUMBER where !NumberText.isFinite(pair.value, of: stack):
            throw Refusal(
                message: "multipart field \"\(shown(pair.name))\" is infinite or not a number: give a finite number or a text")
        case LUA_TNUMBER, LUA_TBOOLEAN: part.value = pair.value
        case LUA_TTABLE: try readFields(of: pair, into: &part, of: stack)
        default:
            throw Refusal(
                message:
                    "multipart field \"\(shown(pair.name))\" must be a text, a number, a boolean or a table, not \(words(pair.value, stack))"
            )
        }
        return part
    }

    private func readFields(of pair: PairReader.Pair, into part: inout Part, of stack: OpaquePointer?) throws(Refusal) {
        let owner = "multipart field \"\(shown(pair.name))\""
        let known = ["data", "filename", "type"]
        try PairReader.reserve(4, on: stack, what: "multipart")
        let top = lua_gettop(stack)
        lua_pushnil(stack)
        while lua_next(stack, pair.value) != 0 {
            guard lua_type(stack, top + 1) == LUA_TSTRING else {
                throw Refusal(
                    message: "\(owner) has an item without a name: write { data = bytes, filename = \"a.txt\", type = \"text/plain\" }")
            }
            let name = LuaState.text(at: top + 1, of: stack)
            guard known.contains(name) else {
                throw Refusal(message: "\(owner) has no '\(name)': " + Suggestion.remedy(for: name, among: known))
            }
            guard lua_type(stack, top + 2) == LUA_TSTRING else {
                throw Refusal(message: "\(name) of \(owner) must be a text, not \(words(top + 2, stack))")
            }
            // The table holds the text, and the request's options hold the table.
            let bytes = PairReader.bytes(top + 2, of: stack)
            switch name {
            case "data": part.data = bytes
            case "filename": part.filename = bytes
            default:
                if bytes.isEmpty || bytes.contains(where: { $0 < 32 || $0 == 127 }) {
                    throw Refusal(message: "type of \(owner) must be a media type like \"text/plain\"")
                }
                part.type = bytes
            }
            lua_settop(stack, top + 1)
        }
        if part.data == nil { throw Refusal(message: "\(owner) has no data: write { data = bytes, filename = \"a.txt\" }") }
    }

    /// A random boundary that occurs in no part's data (RFC 2046, section 5.1.1).
    private func boundary(of parts: [Part]) -> String {
        while true {
            let boundary = "cicada-\(hex(cicada_next_random(lua)))\(hex(cicada_next_random(lua)))"
            var text = boundary
            let occurs = text.withUTF8 { wanted in
                parts.contains { part in
                    guard let data = part.data, let start = data.baseAddress else { return false }
                    return cicada_occurs(start, data.count, wanted.baseAddress, wanted.count)
                }
            }
            if !occurs { return boundary }
        }
    }

    private func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func append(_ part: Part, boundary: String, of stack: OpaquePointer?, to body: inout ByteBuffer) {
        body.append("--")
        body.append(boundary)
        body.append("\r\nContent-Disposition: form-data; name=\"")
        appendEscaped(part.name, to: &body)
        if let filename = part.filename {
            body.append("\"; filename=\"")
            appendEscaped(filename, to: &body)
        }
        body.append("\"\r\n")
        if let type = part.type {
            body.append("Content-Type: ")
            body.append(type)
            body.append("\r\n")
        } else if part.filename != nil {
            body.append("Content-Type: application/octet-stream\r\n")
        }
        body.append("\r\n")
        if let data = part.data {
            body.append(data)
        } else if lua_type(stack, part.value) == LUA_TNUMBER {
            NumberText.append(part.value, of: stack, to: &body)
        } else {
            body.append(lua_toboolean(stack, part.value) != 0 ? "true" : "false")
        }
        body.append("\r\n")
    }

    /// As browsers escape names (WHATWG HTML, 4.10.21.8).
    private func appendEscaped(_ bytes: UnsafeRawBufferPointer, to body: inout ByteBuffer) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), 10, 13: FormEncoding.appendEscape(of: byte, to: &body)
            default: body.append(byte)
            }
        }
    }

    private func shown(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    private func words(_ index: Int32, _ stack: OpaquePointer?) -> String { LuaValue(at: index, of: stack, lua).words }
}

import CLua
import CLuaBridge
import LoadModel

/// Turns the arguments of `self.http:post(url, options)` into a request, straight from the stack of the coroutine that asked.
///
/// Makes no object per request as long as nothing is wrong.
struct RequestReader {
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var pairs = PairReader()
    private let formEncoding = FormEncoding()
    private let json = JSONBody()
    private let tokenBytes = ByteSet.alphanumerics(and: "!#$%&'*+-.^_`|~")

    /// Where the options' values stand on the stack; 0: not given.
    private struct Options {
        var form: Int32 = 0
        var json: Int32 = 0
        var body: Int32 = 0
        var headers: Int32 = 0
        var query: Int32 = 0
        var name: Int32 = 0
    }

    /// A reader for the coroutines of a state.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Reads the arguments: the http object at index 1, URL and options behind it. Leaves the stack in any state.
    mutating func read(_ stack: OpaquePointer?, method: HTTPMethod, into draft: inout RequestDraft) throws(Refusal) {
        let count = lua_gettop(stack)
        draft.method = method
        var options = Options()
        switch count > 2 ? lua_type(stack, 3) : LUA_TNIL {
        case LUA_TTABLE: options = try readOptions(stack)
        case LUA_TNIL: break
        default: throw Refusal(message: "the options must be a table, not \(words(3, stack)): write { form = { ... } }")
        }
        if count > 3 { throw Refusal(message: "takes a URL and one table of options, but there are \(count - 1) arguments") }
        try readTarget(stack, into: &draft.target)
        if options.query != 0 { try readQuery(options, stack, into: &draft) }
        if options.name != 0 { try readName(options.name, stack, into: &draft.name) }
        if options.form | options.json | options.body != 0 { try readBody(options, stack, method, into: &draft) }
        if options.headers != 0 { try readHeaders(options.headers, stack, into: &draft.headers) }
    }

    private func readOptions(_ stack: OpaquePointer?) throws(Refusal) -> Options {
        var options = Options()
        var top = lua_gettop(stack)
        lua_pushnil(stack)
        while lua_next(stack, 3) != 0 {
            guard lua_type(stack, top + 1) == LUA_TSTRING else {
                throw Refusal(message: "the options have an item without a name: write { form = { ... } }")
            }
            let value = top + 2
            switch cicada_identify(lua, lua_tolstring(stack, top + 1, nil)) {
            case CICADA_KEY_FORM: options.form = value
            case CICADA_KEY_JSON: options.json = value
            case CICADA_KEY_BODY: options.body = value
            case CICADA_KEY_HEADERS: options.headers = value
            case CICADA_KEY_QUERY: options.query = value
            case CICADA_KEY_NAME: options.name = value
            default:
                let name = LuaState.text(at: top + 1, of: stack)
                let known = ["form", "json", "body", "headers", "query", "name"]
                throw Refusal(message: "there is no option '\(name)': " + Suggestion.remedy(for: name, among: known))
            }
            top = value
            lua_pushvalue(stack, top - 1)
        }
        return options
    }

    private func readTarget(_ stack: OpaquePointer?, into target: inout ByteBuffer) throws(Refusal) {
        guard lua_type(stack, 2) == LUA_TSTRING else {
            throw Refusal(message: "the URL must be a text, not \(words(2, stack)): write \"/path\"")
        }
        let url = PairReader.bytes(2, of: stack)
        let isAbsolute = Self.isAbsolute(url)
        guard url.first == UInt8(ascii: "/") || isAbsolute else {
            let shown = LuaState.text(at: 2, of: stack)
            throw Refusal(message: "the URL \"\(shown)\" begins neither with / nor with http:// or https://: write \"/\(shown)\"")
        }
        var start = 0
        for index in 0..<url.count {
            let byte = url[index]
            if byte > 32, byte < 127 { continue }
            guard byte > 127 else {
                let what = byte == 32 ? "a space" : "a control character"
                throw Refusal(
                    message:
                        "the URL holds \(what) at position \(index + 1): write %\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true)), or use the option query"
                )
            }
            target.append(UnsafeRawBufferPointer(rebasing: url[start..<index]))
            FormEncoding.appendEscape(of: byte, to: &target)
            start = index + 1
        }
        target.append(UnsafeRawBufferPointer(rebasing: url[start..<url.count]))
    }

    private static func isAbsolute(_ url: UnsafeRawBufferPointer) -> Bool {
        func begins(_ prefix: StaticString) -> Bool {
            url.count > prefix.utf8CodeUnitCount && prefix.withUTF8Buffer { zip($0, url).allSatisfy { $0 == $1 } }
        }
        return begins("http://") || begins("https://")
    }

    private mutating func readQuery(_ options: Options, _ stack: OpaquePointer?, into draft: inout RequestDraft) throws(Refusal) {
        guard lua_type(stack, options.query) == LUA_TTABLE else {
            throw Refusal(message: "query must be a table, not \(words(options.query, stack)): write query = { name = value }")
        }
        let url = PairReader.bytes(2, of: stack)
        if url.contains(UInt8(ascii: "#")) {
            throw Refusal(message: "the URL has a fragment (#...), so query cannot be added: remove the fragment")
        }
        // Counted under the URL as the script wrote it, so that values do not make names.
        if options.name == 0 { draft.name.append(draft.target.bytes) }
        try pairs.read(options.query, of: stack, what: "query")
        if pairs.pairs.isEmpty { return }
        draft.target.append(url.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        try appendEncodedPairs(stack, what: "query", to: &draft.target)
    }

    private func readName(_ index: Int32, _ stack: OpaquePointer?, into name: inout ByteBuffer) throws(Refusal) {
        guard lua_type(stack, index) == LUA_TSTRING else { throw Refusal(message: "name must be a text, not \(words(index, stack))") }
        let bytes = PairReader.bytes(index, of: stack)
        if bytes.isEmpty { throw Refusal(message: "name is empty: leave it out to count the request under its URL") }
        if bytes.contains(where: { $0 < 32 || $0 == 127 }) { throw Refusal(message: "name holds a control character") }
        name.append(bytes)
    }

    private mutating func readBody(_ options: Options, _ stack: OpaquePointer?, _ method: HTTPMethod, into draft: inout RequestDraft)
        throws(Refusal)
    {
        if method == .get || method == .head {
            throw Refusal(message: "a \(method.text) request has no body: use query, or another method")
        }
        if options.form != 0 && options.json | options.body != 0 || options.json != 0 && options.body != 0 {
            let given = [("form", options.form), ("json", options.json), ("body", options.body)].filter { $0.1 != 0 }
            throw Refusal(message: "a request has one body, but \(given.map(\.0).joined(separator: " and ")) are given: keep one")
        }
        if options.form != 0 {
            guard lua_type(stack, options.form) == LUA_TTABLE else {
                throw Refusal(message: "form must be a table, not \(words(options.form, stack)): write form = { name = value }")
            }
            draft.bodyKind = .form
            try pairs.read(options.form, of: stack, what: "form")
            try appendEncodedPairs(stack, what: "form", to: &draft.body)
        } else if options.json != 0 {
            draft.bodyKind = .json
            try json.append(options.json, of: stack, to: &draft.body)
        } else {
            guard lua_type(stack, options.body) == LUA_TSTRING else {
                throw Refusal(message: "body must be a text, not \(words(options.body, stack)): use json or form for a table")
            }
            draft.bodyKind = .raw
            draft.body.append(PairReader.bytes(options.body, of: stack))
        }
    }

    private func appendEncodedPairs(_ stack: OpaquePointer?, what: StaticString, to buffer: inout ByteBuffer) throws(Refusal) {
        var isFirst = true
        for pair in pairs.pairs {
            if !isFirst { buffer.append(UInt8(ascii: "&")) }
            isFirst = false
            formEncoding.append(pair.name, to: &buffer)
            buffer.append(UInt8(ascii: "="))
            switch lua_type(stack, pair.value) {
            case LUA_TSTRING: formEncoding.append(PairReader.bytes(pair.value, of: stack), to: &buffer)
            case LUA_TNUMBER where lua_isinteger(stack, pair.value) != 0: NumberText.append(pair.value, of: stack, to: &buffer)
            case LUA_TNUMBER:
                var text = ByteBuffer()
                NumberText.append(pair.value, of: stack, to: &text)
                formEncoding.append(text.bytes, to: &buffer)
            case LUA_TBOOLEAN: if lua_toboolean(stack, pair.value) != 0 { buffer.append("true") } else { buffer.append("false") }
            default:
                let name = String(decoding: pair.name, as: UTF8.self)
                throw Refusal(message: "\(what) field \"\(name)\" must be a text, a number or a boolean, not \(words(pair.value, stack))")
            }
        }
    }

    private mutating func readHeaders(_ index: Int32, _ stack: OpaquePointer?, into headers: inout ByteBuffer) throws(Refusal) {
        guard lua_type(stack, index) == LUA_TTABLE else {
            throw Refusal(message: "headers must be a table, not \(words(index, stack)): write headers = { Name = \"value\" }")
        }
        try pairs.read(index, of: stack, what: "headers")
        for pair in pairs.pairs {
            guard !pair.name.isEmpty, pair.name.allSatisfy(tokenBytes.contains) else {
                throw Refusal(message: "\"\(shown(pair.name))\" cannot be a header's name: use letters, digits and -")
            }
            if let reserved = Self.reserved(pair.name) {
                throw Refusal(message: "the header \(reserved) is set by the client itself: leave it out")
            }
            headers.append(pair.name)
            headers.append(": ")
            switch lua_type(stack, pair.value) {
            case LUA_TSTRING:
                let value = PairReader.bytes(pair.value, of: stack)
                if value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
                    throw Refusal(message: "the header \(shown(pair.name)) holds a line break or NUL byte: remove it")
                }
                headers.append(value)
            case LUA_TNUMBER: NumberText.append(pair.value, of: stack, to: &headers)
            default:
                throw Refusal(message: "the header \(shown(pair.name)) must be a text or a number, not \(words(pair.value, stack))")
            }
            headers.append(0)
        }
    }

    /// Headers that would break the message's framing.
    private static func reserved(_ name: UnsafeRawBufferPointer) -> String? {
        guard name.count == 14 || name.count == 17 else { return nil }
        return ["Content-Length", "Transfer-Encoding"].first {
            $0.utf8.count == name.count && zip($0.utf8, name).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        }
    }

    private func shown(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    private func words(_ index: Int32, _ stack: OpaquePointer?) -> String { LuaValue(at: index, of: stack, lua).words }
}

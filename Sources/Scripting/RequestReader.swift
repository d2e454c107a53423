import CLua
import CLuaBridge
import LoadModel

/// Turns the arguments of `self.http:post(url, options)` into a request, straight from the stack of the coroutine that asked.
///
/// Makes no object per request as long as nothing is wrong.
struct RequestReader {
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var fields: FieldWriter
    private var headerReader: HeaderReader
    private var multipart: Multipart
    private let json: JSONBody
    /// The arguments stand on the stack behind this index.
    private var base: Int32 = 0
    /// What the request read last expects of its answer; nil: nothing.
    private(set) var expectation: Expectation?

    /// Where the options' values stand on the stack; 0: not given.
    private struct Options {
        var form: Int32 = 0
        var json: Int32 = 0
        var body: Int32 = 0
        var headers: Int32 = 0
        var query: Int32 = 0
        var name: Int32 = 0
        var multipart: Int32 = 0
        var timeout: Int32 = 0
        var redirects: Int32 = 0
        var auth: Int32 = 0
        var expect: Int32 = 0
    }

    /// Every option's name.
    static let optionNames = [
        "form", "json", "body", "multipart", "headers", "query", "name", "timeout", "redirects", "auth", "expect",
    ]

    /// A reader for the coroutines of a state.
    init(lua: UnsafeMutablePointer<cicada_lua>) {
        self.lua = lua
        fields = FieldWriter(lua: lua)
        headerReader = HeaderReader(lua: lua)
        multipart = Multipart(lua: lua)
        json = JSONBody(lua: lua)
    }

    /// Reads the arguments behind an index: the http object, URL and options. Leaves the stack in any state. `expectation` is set
    /// afterwards. `defaults`: what the user's class says of all its requests.
    mutating func read(
        _ stack: OpaquePointer?, behind base: Int32 = 0, method: HTTPMethod, defaults: RequestDefaults? = nil,
        into draft: inout RequestDraft
    ) throws(Refusal) {
        self.base = base
        if expectation != nil { expectation = nil }
        let count = lua_gettop(stack) - base
        draft.method = method
        var options = Options()
        switch count > 2 ? lua_type(stack, base + 3) : LUA_TNIL {
        case LUA_TTABLE: options = try readOptions(stack)
        case LUA_TNIL: break
        default: throw Refusal(message: "the options must be a table, not \(words(base + 3, stack)): write { form = { ... } }")
        }
        if count > 3 { throw Refusal(message: "takes a URL and one table of options, but there are \(count - 1) arguments") }
        try readTarget(stack, into: &draft.target)
        if options.query != 0 { try readQuery(options, stack, into: &draft) }
        if options.name != 0 { try readName(options.name, stack, into: &draft.name) }
        if options.headers != 0 { try headerReader.read(options.headers, of: stack, into: &draft.headers) }
        if options.form | options.json | options.body | options.multipart != 0 { try readBody(options, stack, method, into: &draft) }
        if options.timeout | options.redirects | options.auth | options.expect != 0 { try readTerms(options, stack, into: &draft) }
        if let defaults { add(defaults, options, to: &draft) }
    }

    /// Reads on which terms the request is sent: how long, how far, for whom, and what is to come of it.
    private mutating func readTerms(_ options: Options, _ stack: OpaquePointer?, into draft: inout RequestDraft) throws(Refusal) {
        if options.timeout != 0 { draft.timeoutMilliseconds = try RequestLimits.timeoutMilliseconds(at: options.timeout, of: stack, lua) }
        if options.redirects != 0 { draft.mostRedirects = try RequestLimits.redirects(at: options.redirects, of: stack, lua) }
        if options.expect != 0 { expectation = try Expectation(at: options.expect, of: stack, lua) }
        if options.auth == 0 { return }
        let authorization = try Authorization(at: options.auth, of: stack, lua)
        if authorization.line.isEmpty { return }
        if HeaderLines.contains("authorization".utf8, in: draft.headers.bytes) {
            throw Refusal(message: "both auth and a header Authorization are given: keep one")
        }
        authorization.line.withUnsafeBytes { draft.headers.append($0) }
        draft.headers.append(0)
    }

    private func add(_ defaults: RequestDefaults, _ options: Options, to draft: inout RequestDraft) {
        if options.timeout == 0 { draft.timeoutMilliseconds = defaults.timeoutMilliseconds }
        if options.redirects == 0 { draft.mostRedirects = defaults.mostRedirects }
        defaults.addHeaders(to: &draft.headers, isAuthorized: options.auth != 0, hasBoundary: options.multipart != 0)
    }

    private func readOptions(_ stack: OpaquePointer?) throws(Refusal) -> Options {
        var options = Options()
        var top = lua_gettop(stack)
        lua_pushnil(stack)
        while lua_next(stack, base + 3) != 0 {
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
            case CICADA_KEY_MULTIPART: options.multipart = value
            case CICADA_KEY_TIMEOUT: options.timeout = value
            case CICADA_KEY_REDIRECTS: options.redirects = value
            case CICADA_KEY_AUTH: options.auth = value
            case CICADA_KEY_EXPECT: options.expect = value
            default:
                let name = LuaState.text(at: top + 1, of: stack)
                throw Refusal(message: "there is no option '\(name)': " + Suggestion.remedy(for: name, among: Self.optionNames))
            }
            top = value
            try PairReader.reserve(4, on: stack, what: "the table of options")
            lua_pushvalue(stack, top - 1)
        }
        return options
    }

    private func readTarget(_ stack: OpaquePointer?, into target: inout ByteBuffer) throws(Refusal) {
        guard lua_type(stack, base + 2) == LUA_TSTRING else {
            throw Refusal(message: "the URL must be a text, not \(words(base + 2, stack)): write \"/path\"")
        }
        let url = PairReader.bytes(base + 2, of: stack)
        let isAbsolute = Self.isAbsolute(url)
        guard url.first == UInt8(ascii: "/") || isAbsolute else {
            let shown = LuaState.text(at: base + 2, of: stack)
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
        let url = PairReader.bytes(base + 2, of: stack)
        if url.contains(UInt8(ascii: "#")) {
            throw Refusal(message: "the URL has a fragment (#...), so query cannot be added: remove the fragment")
        }
        // Counted under the URL as the script wrote it, so that values do not make names.
        if options.name == 0 { draft.name.append(draft.target.bytes) }
        if try !fields.read(options.query, of: stack, what: "query") { return }
        draft.target.append(url.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        try fields.append(stack, what: "query", to: &draft.target)
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
        if method == .head || method == .trace {
            throw Refusal(message: "a \(method.text) request has no body: use query, or another method")
        }
        let bodies = (options.form, options.json, options.body, options.multipart)
        if bodies.0.signum() + bodies.1.signum() + bodies.2.signum() + bodies.3.signum() > 1 {
            let all = [("form", bodies.0), ("json", bodies.1), ("body", bodies.2), ("multipart", bodies.3)]
            let given = all.filter { $0.1 != 0 }
            throw Refusal(message: "a request has one body, but \(given.map(\.0).joined(separator: " and ")) are given: keep one")
        }
        if options.form != 0 {
            guard lua_type(stack, options.form) == LUA_TTABLE else {
                throw Refusal(message: "form must be a table, not \(words(options.form, stack)): write form = { name = value }")
            }
            draft.bodyKind = .form
            _ = try fields.read(options.form, of: stack, what: "form")
            try fields.append(stack, what: "form", to: &draft.body)
        } else if options.json != 0 {
            draft.bodyKind = .json
            try json.append(options.json, of: stack, to: &draft.body)
        } else if options.multipart != 0 {
            if HeaderLines.contains("content-type".utf8, in: draft.headers.bytes) {
                throw Refusal(message: "multipart sets the header Content-Type itself, since it names the boundary: leave it out")
            }
            try multipart.write(options.multipart, of: stack, into: &draft)
        } else {
            guard lua_type(stack, options.body) == LUA_TSTRING else {
                throw Refusal(message: "body must be a text, not \(words(options.body, stack)): use json or form for a table")
            }
            draft.bodyKind = .raw
            draft.body.append(PairReader.bytes(options.body, of: stack))
        }
    }

    private func words(_ index: Int32, _ stack: OpaquePointer?) -> String { LuaValue(at: index, of: stack, lua).words }
}

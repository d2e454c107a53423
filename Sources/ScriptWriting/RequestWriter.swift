import LoadModel

/// Writes recorded requests as the calls of a script; secrets become variables, which are collected.
struct RequestWriter {
    /// Requests to it are written as a path alone.
    let host: String
    private(set) var secrets = Secrets()
    /// Files beside the script whose content is sent, and the script's names for them.
    private(set) var files: [(file: String, name: String)] = []
    /// What a shell would have put in, by name.
    private let variables: [String]

    init(host: String, variables: Set<String> = []) {
        self.host = host
        // The longest first, so that $TOKEN_2 is not taken for $TOKEN.
        self.variables = variables.sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// The call's method, URL and options; nil: the script language has no such method.
    mutating func call(_ request: RecordedRequest, name: String?) -> (
        method: HTTPMethod, url: LuaExpression, options: [LuaExpression.Field]
    )? {
        guard let method = HTTPMethod.allCases.first(where: { $0.text == request.method }) else { return nil }
        let place = "\(request.method) \(request.url.path)"
        var options: [LuaExpression.Field] = []
        var url = request.url.origin == host ? request.url.path : request.url.origin + request.url.path
        if let query = request.url.query {
            if let fields = PercentText.fields(query) {
                options.append(field("query", pairs(fields, what: "query field", place: place)))
            } else {
                url += "?" + query
            }
        }
        if method != .get, method != .head { options += body(request, place: place) }
        options += credentials(request, place: place)
        if let headers = headers(request, place: place) { options.append(field("headers", headers)) }
        if let seconds = request.timeoutSeconds { options.append(field("timeout", .code(LuaText.seconds(seconds)))) }
        if let name { options.append(field("name", .code(LuaText.quoted(name)))) }
        return (method, expression(url), options)
    }

    /// A text; variables of the shell in it become those of the script.
    mutating func expression(_ text: String) -> LuaExpression {
        var parts: [String] = []
        var rest = Substring(text)
        var literal = ""
        scan: while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[dollar...]
            for variable in variables {
                for form in ["${\(variable)}", "$\(variable)"] where rest.hasPrefix(form) {
                    if !literal.isEmpty { parts.append(LuaText.quoted(literal)) }
                    literal = ""
                    parts.append(secrets.name(forVariable: variable))
                    rest = rest.dropFirst(form.count)
                    continue scan
                }
            }
            literal += "$"
            rest = rest.dropFirst()
        }
        literal += rest
        if !literal.isEmpty || parts.isEmpty { parts.append(LuaText.quoted(literal)) }
        return .code(parts.joined(separator: " .. "))
    }

    /// The script's name for the content of a file, which is read at its top level.
    mutating func file(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        if let known = files.first(where: { $0.file == file }) { return known.name }
        let base = "file_" + Secrets.variable(file).lowercased()
        let name = files.contains { $0.name == base } ? "\(base)_\(files.count + 1)" : base
        files.append((file, name))
        return name
    }

    /// The script's name for a secret that stands outside of requests.
    mutating func secret(_ value: String, called name: String, at place: String) -> String {
        secrets.name(for: value, called: name, at: place)
    }

    // MARK: - Parts

    private func field(_ key: String, _ value: LuaExpression) -> LuaExpression.Field { LuaExpression.Field(key: key, value: value) }

    /// A value that may be a secret.
    private mutating func value(_ text: String, of name: String, what: String, place: String) -> LuaExpression {
        let holdsVariable = variables.contains { text.contains("$\($0)") || text.contains("${\($0)}") }
        guard SecretNames.isSecret(name: name, value: text), !holdsVariable else { return expression(text) }
        let hint = SecretNames.isHandedOut(name: name) ? " (handed out by a page: better taken from its answer in the script)" : ""
        return .code(secrets.name(for: text, called: name, at: "\(what) \(name) of \(place)\(hint)"))
    }

    /// By name where that keeps the order, since such tables are sent in the order of their names; otherwise item by item.
    private mutating func pairs(_ fields: [RecordedRequest.Pair], what: String, place: String) -> LuaExpression {
        let names = fields.map { Array($0.name.utf8) }
        let keepsOrder = zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
        var result: [LuaExpression.Field] = []
        for pair in fields {
            let value = value(pair.value, of: pair.name, what: what, place: place)
            result.append(
                keepsOrder
                    ? field(pair.name, value) : LuaExpression.Field(key: nil, value: .list([.code(LuaText.quoted(pair.name)), value])))
        }
        return .table(result)
    }

    private mutating func headers(_ request: RecordedRequest, place: String) -> LuaExpression? {
        var names: Set<String> = []
        var fields: [LuaExpression.Field] = []
        for header in request.headers where HeaderChoice.isWellFormed(header) && HeaderChoice.keeps(header, of: request) {
            let name = header.name.lowercased()
            guard name != "authorization" || !isKnownScheme(header.value), name != "content-type" || saysContentType(request) else {
                continue
            }
            guard names.insert(name).inserted else { continue }
            fields.append(field(header.name, value(header.value, of: header.name, what: "header", place: place)))
        }
        return fields.isEmpty ? nil : .table(fields)
    }

    private func isKnownScheme(_ value: String) -> Bool { authorization(value) != nil }

    private enum Authorization {
        case bearer(String)
        case basic(RecordedRequest.Pair)
    }

    private func authorization(_ value: String) -> Authorization? {
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        switch words[0].lowercased() {
        case "bearer": return .bearer(String(words[1]))
        case "basic":
            guard let text = Base64Text.decoded(words[1]), let colon = text.firstIndex(of: ":") else { return nil }
            return .basic(RecordedRequest.Pair(String(text[..<colon]), String(text[text.index(after: colon)...])))
        default: return nil
        }
    }

    private mutating func credentials(_ request: RecordedRequest, place: String) -> [LuaExpression.Field] {
        var basic = request.basic ?? request.url.credentials
        switch request.header("authorization").flatMap(authorization) {
        case .bearer(let token):
            let holdsVariable = variables.contains { token.contains("$\($0)") || token.contains("${\($0)}") }
            let value: LuaExpression =
                holdsVariable ? expression(token) : .code(secrets.name(for: token, called: "TOKEN", at: "bearer token of \(place)"))
            return [field("auth", .table([field("bearer", value)]))]
        case .basic(let pair): basic = basic ?? pair
        case nil: break
        }
        guard let basic else { return [] }
        let password = value(basic.value, of: "password", what: "password of", place: place)
        return [field("auth", .table([field("user", expression(basic.name)), field("password", password)]))]
    }

    private func saysContentType(_ request: RecordedRequest) -> Bool {
        switch form(of: request) {
        case .none: false
        case .raw: true
        case .form, .json, .multipart: false
        }
    }

    /// How a body is best written.
    private enum BodyForm {
        case none, raw, multipart
        case form([RecordedRequest.Pair])
        case json(JSONValue)
    }

    private func form(of request: RecordedRequest) -> BodyForm {
        switch request.body {
        case .none: return .none
        case .file: return .raw
        case .multipart: return .multipart
        case .text(let text):
            if text.isEmpty { return .none }
            let type = request.mediaType
            if type == "application/x-www-form-urlencoded", let fields = PercentText.fields(text) { return .form(fields) }
            if type == "application/json", let value = JSONValue(text), value.isWritable, value.isTable { return .json(value) }
            return .raw
        }
    }

    private mutating func body(_ request: RecordedRequest, place: String) -> [LuaExpression.Field] {
        switch (form(of: request), request.body) {
        case (.form(let fields), _): return [field("form", pairs(fields, what: "field", place: place))]
        case (.json(let value), _): return [field("json", json(value, of: "", place: place))]
        case (.multipart, .multipart(let parts)): return [field("multipart", multipart(parts, place: place))]
        case (_, .file(let name)): return [field("body", .code(file(name)))]
        case (.raw, .text(let text)): return [field("body", expression(text))]
        default: return []
        }
    }

    private mutating func json(_ json: JSONValue, of name: String, place: String) -> LuaExpression {
        switch json {
        case .null: return .code("json.null")
        case .boolean(let isTrue): return .code(isTrue ? "true" : "false")
        case .number(let text): return .code(text)
        case .text(let text): return value(text, of: name, what: "JSON field", place: place)
        case .array(let items):
            if items.isEmpty { return .code("json.array({})") }
            var list: [LuaExpression] = []
            for item in items { list.append(self.json(item, of: name, place: place)) }
            return .list(list)
        case .object(let members):
            var fields: [LuaExpression.Field] = []
            for member in members { fields.append(field(member.name, self.json(member.value, of: member.name, place: place))) }
            return .table(fields)
        }
    }

    private mutating func multipart(_ parts: [RecordedRequest.Part], place: String) -> LuaExpression {
        var list: [LuaExpression] = []
        for part in parts {
            let isPlain = part.file == nil && part.fileName == nil && part.contentType == nil
            if isPlain {
                list.append(.list([.code(LuaText.quoted(part.name)), value(part.value, of: part.name, what: "field", place: place)]))
                continue
            }
            var fields = [field("data", part.file == nil ? expression(part.value) : .code(file(part.file ?? "")))]
            if let name = part.fileName { fields.append(field("filename", expression(name))) }
            if let type = part.contentType { fields.append(field("type", .code(LuaText.quoted(type)))) }
            list.append(.list([.code(LuaText.quoted(part.name)), .table(fields)]))
        }
        return .list(list)
    }
}

extension JSONValue {
    /// Whether a script's table can hold it: no name twice, numbers that Lua has too.
    var isWritable: Bool {
        switch self {
        case .null, .boolean, .text: true
        case .number(let text): Int64(text) != nil || text.contains { ".eE".contains($0) } && Double(text)?.isFinite == true
        case .array(let items): items.allSatisfy(\.isWritable)
        case .object(let members): Set(members.map(\.name)).count == members.count && members.allSatisfy(\.value.isWritable)
        }
    }

    /// Whether it is an object or an array.
    var isTable: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}

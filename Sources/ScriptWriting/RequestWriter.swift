import LoadModel

/// Writes recorded requests as the calls of a script; secrets become variables, which are collected.
struct RequestWriter {
    /// Requests to it are written as a path alone.
    let host: String
    private(set) var secrets: Secrets
    /// Files beside the script whose content is sent.
    private(set) var files: [ScriptDraft.File] = []
    /// Where something may hold a secret that could not be told apart.
    private(set) var suspects: [String] = []
    /// What a shell would have put in, by name.
    private let variables: [String]

    init(host: String, variables: Set<String> = []) {
        self.host = host
        secrets = Secrets(taken: variables)
        // The longest first, so that $TOKEN_2 is not taken for $TOKEN.
        self.variables = variables.sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// The call's method, URL and options; nil: the script language has no such method.
    mutating func call(_ request: RecordedRequest, name: String?) -> (
        method: HTTPMethod, url: LuaExpression, options: [LuaExpression.Field]
    )? {
        guard let method = HTTPMethod.allCases.first(where: { $0.text == request.method }) else { return nil }
        let path = SecretText.shown(request.url.path)
        let place = "\(request.method) \(path)"
        var options: [LuaExpression.Field] = []
        let target = request.url.origin == host ? request.url.path : request.url.origin + request.url.path
        var isSecret = path != request.url.path
        var url = expression(target, at: "path of \(place)")
        if let query = request.url.query {
            if let fields = Self.fields(query) {
                options.append(field("query", pairs(fields, what: "query field", place: place)))
            } else {
                let written = raw(query, at: "query of \(place), as it stands in the URL", isForm: true)
                isSecret = isSecret || SecretText(query, isForm: true).holdsSecret
                url = expression(target + "?", at: "path of \(place)").joined(with: written)
            }
        }
        if ![.head, .trace].contains(method) { options += body(request, place: place) }
        options += credentials(request, place: place)
        if let headers = headers(request, place: place) { options.append(field("headers", headers)) }
        if let seconds = request.timeoutSeconds { options.append(field("timeout", .code(LuaText.seconds(seconds)))) }
        // Requests are counted under their URL, which statistics and reports show.
        if let name = name ?? (isSecret ? path : nil) { options.append(field("name", .code(LuaText.quoted(name)))) }
        return (method, url, options)
    }

    /// A text; variables of the shell in it become those of the script, and so do secrets.
    mutating func expression(_ text: String, at place: String, isForm: Bool = false) -> LuaExpression {
        expression(SecretText(text, isForm: isForm), at: place)
    }

    /// A text of which more could be a secret than can be found.
    private mutating func raw(_ text: String, at place: String, isForm: Bool = false) -> LuaExpression {
        let found = SecretText(text, isForm: isForm)
        if found.isSuspicious, !suspects.contains(place) { suspects.append(place) }
        return expression(found, at: place)
    }

    private mutating func expression(_ text: SecretText, at place: String) -> LuaExpression {
        var parts: [String] = []
        var literal = ""
        for piece in text.pieces {
            switch piece {
            case .plain(let text): literal += text
            case .secret(let value, _) where holdsVariable(value): literal += value
            case .secret(let value, let name):
                parts += words(literal)
                literal = ""
                parts.append(secrets.name(for: value, called: name ?? "token", at: "\(name ?? "JSON Web Token") in the \(place)"))
            }
        }
        parts += words(literal)
        if parts.isEmpty { return .code(LuaText.quoted("")) }
        // Lua has 255 registers for the operands of one expression.
        if parts.count > 100 { return .code("table.concat({ \(parts.joined(separator: ", ")) })") }
        return .code(parts.joined(separator: " .. "))
    }

    /// A text as operands: literals, and the script's names of the shell's variables.
    private mutating func words(_ text: String) -> [String] {
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
        if !literal.isEmpty { parts.append(LuaText.quoted(literal)) }
        return parts
    }

    private func holdsVariable(_ text: String) -> Bool { variables.contains { text.contains("$\($0)") || text.contains("${\($0)}") } }

    /// The URL of a proxy, whose password stays out of the script. `user`: name and password, given apart.
    mutating func proxy(_ url: String, user: String?) -> LuaExpression {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        var credentials = user.map(PercentText.encodedCredentials) ?? ""
        var host = url[start...]
        if let at = host.lastIndex(of: "@") {
            if user == nil { credentials = String(host[..<at]) }
            host = host[host.index(after: at)...]
        }
        if credentials.isEmpty { return expression(url, at: "URL of the proxy") }
        let sides = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var result = expression("\(url[..<start])\(sides[0])" + (sides.count > 1 ? ":" : ""), at: "URL of the proxy")
        if sides.count > 1, !sides[1].isEmpty {
            result = result.joined(with: value(sides[1], of: "proxy_password", what: "", place: "the proxy's URL, percent-encoded"))
        }
        return result.joined(with: expression("@\(host)", at: "URL of the proxy"))
    }

    /// The script's name for the content of a file, which is read at its top level; without its line ends if it is to be stripped.
    mutating func file(_ path: String, isStripped: Bool = false) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        if let known = files.first(where: { $0.file == file && $0.isStripped == isStripped }) { return known.name }
        let base = "file_" + Secrets.variable(file).lowercased()
        let name = files.contains { $0.name == base } ? "\(base)_\(files.count + 1)" : base
        files.append(ScriptDraft.File(file: file, name: name, isStripped: isStripped))
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
        guard !text.isEmpty, SecretNames.isSecret(name: name), !holdsVariable(text) else {
            return expression(text, at: "\(what) \(name) of \(place)")
        }
        let hint = SecretNames.isHandedOut(name: name) ? " (handed out by a page: better taken from its answer in the script)" : ""
        let words = [what, name].filter { !$0.isEmpty }.joined(separator: " ")
        return .code(secrets.name(for: text, called: name, at: "\(words) of \(place)\(hint)"))
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
            let value: LuaExpression =
                holdsVariable(token)
                ? expression(token, at: "bearer token of \(place)")
                : .code(secrets.name(for: token, called: "TOKEN", at: "bearer token of \(place)"))
            return [field("auth", .table([field("bearer", value)]))]
        case .basic(let pair): basic = basic ?? pair
        case nil: break
        }
        guard let basic else { return [] }
        // Some services take a key for the name, and no password.
        let user = value(basic.name, of: basic.value.isEmpty ? "api_key" : "user", what: "basic authentication's", place: place)
        let password = value(basic.value, of: "password", what: "basic authentication's", place: place)
        return [field("auth", .table([field("user", user), field("password", password)]))]
    }

    private func saysContentType(_ request: RecordedRequest) -> Bool {
        switch form(of: request) {
        case .none: false
        case .raw: true
        case .json: request.mediaType != "application/json"
        case .form, .multipart: false
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
        case .file, .lines: return .raw
        case .multipart: return .multipart
        case .text(let text):
            if text.isEmpty { return .none }
            let type = request.mediaType
            let first = text.first { !$0.isWhitespace }
            if first == "{" || first == "[" {
                guard let value = JSONValue(text), value.isWritable else { return .raw }
                // Under another type it stays as it was written, unless it has to be taken apart.
                return type == "application/json" || value.holdsSecret ? .json(value) : .raw
            }
            if type == "application/x-www-form-urlencoded", let fields = Self.fields(text) { return .form(fields) }
            return .raw
        }
    }

    /// Fields of a form or a query that can be written as a table.
    private static func fields(_ text: String) -> [RecordedRequest.Pair]? {
        PercentText.fields(text).flatMap { fields in fields.contains { SecretText($0.name).holdsSecret } ? nil : fields }
    }

    private mutating func body(_ request: RecordedRequest, place: String) -> [LuaExpression.Field] {
        switch (form(of: request), request.body) {
        case (.form(let fields), _): return [field("form", pairs(fields, what: "field", place: place))]
        case (.json(let value), _): return [field("json", json(value, of: "", place: place))]
        case (.multipart, .multipart(let parts)): return [field("multipart", multipart(parts, place: place))]
        case (_, .file(let name)): return [field("body", .code(file(name)))]
        case (_, .lines(let name)): return [field("body", .code(file(name, isStripped: true)))]
        case (.raw, .text(let text)):
            let first = text.first { !$0.isWhitespace }
            let isForm = request.mediaType == "application/x-www-form-urlencoded" && first != "{" && first != "["
            // A multipart body that could not be taken apart: names and values stand on lines of their own.
            if request.mediaType.hasPrefix("multipart/"), !suspects.contains("body of \(place)") { suspects.append("body of \(place)") }
            return [field("body", raw(text, at: "body of \(place)", isForm: isForm))]
        default: return []
        }
    }

    private mutating func json(_ json: JSONValue, of name: String, place: String) -> LuaExpression {
        switch json {
        case .null: return .code("json.null")
        case .boolean(let isTrue): return .code(isTrue ? "true" : "false")
        case .number(let text):
            guard SecretNames.isSecret(name: name) else { return .code(text) }
            return .code("(tonumber(\(secrets.name(for: text, called: name, at: "JSON field \(name) of \(place), a number"))) or 0)")
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
            let data = part.file.map { .code(file($0)) } ?? value(part.value, of: part.name, what: "field", place: place)
            var fields = [field("data", data)]
            if let name = part.fileName { fields.append(field("filename", expression(name, at: "file name of \(place)"))) }
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

    /// Whether there is a secret in it, by the names of members or by itself.
    var holdsSecret: Bool { holdsSecret(named: "") }

    private func holdsSecret(named name: String) -> Bool {
        switch self {
        case .null, .boolean: false
        case .number: SecretNames.isSecret(name: name)
        case .text(let text): SecretNames.isSecret(name: name) || SecretText(text).holdsSecret
        case .array(let items): items.contains { $0.holdsSecret(named: name) }
        case .object(let members): members.contains { $0.value.holdsSecret(named: $0.name) }
        }
    }
}

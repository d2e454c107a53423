/// One `curl` command, read as curl would read it (curl's manual page); what concerns only its output is ignored.
struct CurlCommand {
    /// In their order; one for each URL.
    private(set) var requests: [RecordedRequest] = []
    private(set) var proxy: String?
    /// Name and password for it, if they were given apart.
    private(set) var proxyUser: String?
    /// Client certificate and key: files.
    private(set) var certificate: String?
    private(set) var key: String?
    private(set) var keyPassword: String?
    /// What the user has to do with flags of a run, in words.
    private(set) var remarks: [String] = []
    /// Whether it says that redirects are followed.
    private(set) var followsRedirects = false

    private let place: String
    private var draft = Draft()

    /// What options have said so far of the next request.
    private struct Draft {
        var method: String?
        var urls: [String] = []
        var headers: [RecordedRequest.Pair] = []
        var data: [String] = []
        var file: String?
        /// As `-d` reads files: without line ends.
        var stripsFile = false
        var parts: [RecordedRequest.Part] = []
        var isJSON = false
        var sendsDataInQuery = false
        var isHead = false
        var upload: String?
        var basic: RecordedRequest.Pair?
        var timeoutSeconds: Double?
        var remarks: [String] = []
    }

    /// Takes the words behind `curl`. Throws an `ImportError`.
    init(_ words: [String], place: String) throws(ImportError) {
        self.place = place
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--next" || word == "-:" {
                try finish()
            } else if word.hasPrefix("--"), word.count > 2 {
                try read(option: String(word.dropFirst(2)), from: &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try readLetters(word.dropFirst(), from: &rest)
            } else if word != "--" {
                draft.urls.append(word)
            }
        }
        try finish()
    }

    // MARK: - Options

    private mutating func readLetters(_ letters: Substring, from rest: inout ArraySlice<String>) throws(ImportError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = Self.letters[letter] else {
                note("-\(letter)")
                continue
            }
            if Self.withValue.contains(option), !letters.isEmpty {
                rest = [String(letters)] + rest
                letters = ""
            }
            try read(option: option, from: &rest)
        }
    }

    private mutating func read(option: String, from rest: inout ArraySlice<String>) throws(ImportError) {
        var value = ""
        if Self.withValue.contains(option) {
            guard let next = rest.popFirst() else {
                throw ImportError("--\(option) has no value", at: place, remedy: "copy the whole command")
            }
            value = next
        }
        switch option {
        case "request": draft.method = value.uppercased()
        case "header": header(value)
        case "url": draft.urls.append(value)
        case "data", "data-ascii": data(value, readsFiles: true, stripsFiles: true)
        case "data-binary": data(value, readsFiles: true)
        case "data-raw": data(value, readsFiles: false)
        case "json":
            draft.isJSON = true
            data(value, readsFiles: true)
        case "data-urlencode": urlEncoded(value)
        case "form": part(value, isPlain: false)
        case "form-string": part(value, isPlain: true)
        case "user": draft.basic = Self.pair(value)
        case "oauth2-bearer": draft.headers.append(.init("Authorization", "Bearer \(value)"))
        case "cookie":
            if value.contains("=") { draft.headers.append(.init("Cookie", value)) } else { note("-b \(value) (a file of cookies)") }
        case "user-agent": draft.headers.append(.init("User-Agent", value))
        case "referer": draft.headers.append(.init("Referer", value))
        case "get": draft.sendsDataInQuery = true
        case "head": draft.isHead = true
        case "upload-file": draft.upload = value
        case "max-time": draft.timeoutSeconds = Double(value)
        case "insecure": remark("-k: run it with --insecure")
        case "cacert": remark("--cacert \(value): run it with --cacert \(value)")
        case "location", "location-trusted": followsRedirects = true
        case "proxy": proxy = value.contains("://") ? value : "http://\(value)"
        case "cert":
            let sides = value.split(separator: ":", maxSplits: 1).map(String.init)
            certificate = sides.first
            if sides.count == 2 { keyPassword = sides[1] }
        case "key": key = value
        case "pass": keyPassword = value
        case "http1.0", "http1.1": remark("--\(option): run it with --http-version 1.1")
        case "http2": remark("--http2: run it with --http-version 2")
        case "http2-prior-knowledge": remark("--http2-prior-knowledge: run it with --http-version 2-prior-knowledge")
        case "compressed": break
        case _ where Self.ignored.contains(option): break
        case "proxy-user": proxyUser = value
        // They may hold what nobody else should know.
        case "proxy-header", "variable", "config", "url-query", "preproxy", "proxy-pass", "proxy-cert": note("--\(option) …")
        case _ where SecretNames.isSecret(name: option): note("--\(option) …")
        case "socks4", "socks4a", "socks5": proxy = "\(option)://\(value)"
        case "socks5-hostname": proxy = "socks5h://\(value)"
        default: note("--\(option)" + (value.isEmpty ? "" : " \(value)"))
        }
    }

    /// An option that has no counterpart.
    private mutating func note(_ option: String) { draft.remarks.append("left out: \(SecretText.shown(option))") }

    private mutating func remark(_ words: String) { if !remarks.contains(words) { remarks.append(words) } }

    private mutating func header(_ value: String) {
        if value.hasPrefix("@") { return note("-H \(value) (a file of headers)") }
        guard let end = value.firstIndex(where: { $0 == ":" || $0 == ";" }) else { return note("-H \(value)") }
        let name = String(value[..<end])
        let text = value[value.index(after: end)...].drop { $0 == " " }
        // curl takes `Name:` for "leave this header out", and `Name;` for an empty one.
        if text.isEmpty, value[end] == ":" { return }
        draft.headers.append(.init(name, String(text)))
    }

    private mutating func data(_ value: String, readsFiles: Bool, stripsFiles: Bool = false) {
        if readsFiles, value.hasPrefix("@") {
            draft.file = String(value.dropFirst())
            draft.stripsFile = stripsFiles
        } else {
            draft.data.append(value)
        }
    }

    private mutating func urlEncoded(_ value: String) {
        guard let end = value.firstIndex(where: { $0 == "=" || $0 == "@" }) else { return draft.data.append(PercentText.encoded(value)) }
        if value[end] == "@" { return note("--data-urlencode \(value) (a file)") }
        let name = value[..<end]
        let text = PercentText.encoded(String(value[value.index(after: end)...]))
        draft.data.append(name.isEmpty ? text : "\(name)=\(text)")
    }

    private mutating func part(_ value: String, isPlain: Bool) {
        guard let equals = value.firstIndex(of: "=") else { return note("-F \(value)") }
        let name = String(value[..<equals])
        let content = String(value[value.index(after: equals)...])
        if isPlain { return draft.parts.append(.init(name: name, value: content)) }
        var pieces = content.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        var text = pieces.removeFirst()
        var part = RecordedRequest.Part(name: name)
        for piece in pieces {
            let trimmed = String(piece.drop { $0 == " " })
            if trimmed.hasPrefix("type=") {
                part.contentType = String(trimmed.dropFirst(5))
            } else if trimmed.hasPrefix("filename=") {
                part.fileName = String(trimmed.dropFirst(9)).filter { $0 != "\"" }
            } else {
                text += ";\(piece)"
            }
        }
        if text.hasPrefix("@") || text.hasPrefix("<") {
            let path = String(text.dropFirst())
            if path == "-" { return note("-F \(name)=\(text) (standard input)") }
            part.file = path
            if text.hasPrefix("@"), part.fileName == nil { part.fileName = path.split(separator: "/").last.map(String.init) ?? path }
        } else {
            part.value = text.hasPrefix("\"") && text.hasSuffix("\"") && text.count > 1 ? String(text.dropFirst().dropLast()) : text
        }
        draft.parts.append(part)
    }

    private static func pair(_ value: String) -> RecordedRequest.Pair {
        let sides = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return .init(sides[0], sides.count > 1 ? sides[1] : "")
    }

    // MARK: - Requests

    private mutating func finish() throws(ImportError) {
        let draft = self.draft
        self.draft = Draft()
        if draft.urls.isEmpty { throw ImportError("a curl command has no URL", at: place, remedy: "copy the whole command") }
        for text in draft.urls {
            guard var url = RecordedURL(text) else {
                throw ImportError("\(text.prefix(200)) is no URL of http or https", at: place, remedy: "only HTTP requests can be imported")
            }
            let data = draft.data.joined(separator: "&")
            if draft.sendsDataInQuery, !data.isEmpty {
                url.query = [url.query, PercentText.fit(data)].compactMap { $0 }.joined(separator: "&")
            }
            var request = RecordedRequest(method: Self.method(draft), url: url)
            request.headers = draft.headers
            request.basic = draft.basic
            request.timeoutSeconds = draft.timeoutSeconds
            request.remarks = draft.remarks
            var type: String?
            if let file = draft.upload {
                if file == "-" || file == "." {
                    request.remarks.append(Self.standardInput)
                } else {
                    request.body = .file(file)
                    if request.header("content-type") == nil {
                        request.remarks.append("curl -T sends no Content-Type; here a body always has one (application/octet-stream)")
                    }
                }
            } else if !draft.parts.isEmpty {
                request.body = .multipart(draft.parts)
                request.headers.removeAll { $0.name.lowercased() == "content-type" }
            } else if let file = draft.file {
                if file == "-" {
                    request.remarks.append(Self.standardInput)
                } else {
                    request.body = draft.stripsFile ? .lines(file) : .file(file)
                    type = "application/x-www-form-urlencoded"
                }
                if !data.isEmpty { request.remarks.append("left out: data beside the file") }
            } else if !draft.data.isEmpty, !draft.sendsDataInQuery {
                request.body = .text(data)
                type = "application/x-www-form-urlencoded"
            }
            if draft.isJSON {
                type = "application/json"
                if request.header("accept") == nil { request.headers.append(.init("Accept", "application/json")) }
            }
            if let type, request.header("content-type") == nil { request.headers.append(.init("Content-Type", type)) }
            request.noteUnwrittenBody()
            requests.append(request)
        }
    }

    private static let standardInput = "left out: a body from standard input; give body = file(\"…\") here, with file at the top level"

    private static func method(_ draft: Draft) -> String {
        if let method = draft.method { return method }
        if draft.isHead { return "HEAD" }
        if draft.sendsDataInQuery { return "GET" }
        if draft.upload != nil { return "PUT" }
        return draft.data.isEmpty && draft.file == nil && draft.parts.isEmpty ? "GET" : "POST"
    }

    // MARK: - curl's options

    private static let letters: [Character: String] = [
        "X": "request", "H": "header", "d": "data", "F": "form", "u": "user", "b": "cookie", "A": "user-agent", "e": "referer", "G": "get",
        "I": "head", "k": "insecure", "L": "location", "x": "proxy", "E": "cert", "m": "max-time", "T": "upload-file", "s": "silent",
        "S": "show-error", "v": "verbose", "i": "include", "f": "fail", "o": "output", "O": "remote-name", "w": "write-out",
        "c": "cookie-jar",
        "N": "no-buffer", "g": "globoff", "j": "junk-session-cookies", "0": "http1.0", "#": "progress-bar", "4": "ipv4", "6": "ipv6",
        "D": "dump-header", "J": "remote-header-name", "r": "range", "K": "config", "z": "time-cond", "U": "proxy-user", "y": "speed-time",
        "Y": "speed-limit", "C": "continue-at",
    ]
    private static let withValue: Set<String> = [
        "request", "header", "url", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json", "form", "form-string",
        "user",
        "oauth2-bearer", "cookie", "user-agent", "referer", "upload-file", "max-time", "cacert", "proxy", "cert", "key", "pass", "output",
        "write-out", "cookie-jar", "connect-timeout", "dump-header", "range", "config", "time-cond", "proxy-user", "speed-time",
        "speed-limit", "continue-at", "retry", "retry-delay", "retry-max-time", "resolve", "connect-to", "interface", "limit-rate",
        "max-redirs", "ciphers", "tls-max", "cert-type", "key-type", "capath", "output-dir", "trace", "trace-ascii", "stderr",
        "unix-socket",
        "noproxy", "aws-sigv4", "doh-url", "max-filesize", "dns-servers", "local-port", "keepalive-time", "rate", "variable",
        "expect100-timeout", "url-query", "proxy-header", "form-escape",
        "tlsuser", "tlspassword", "proxy-tlsuser", "proxy-tlspassword", "proxy-pass", "proxy-cert", "proxy-key", "proxy-cacert", "preproxy",
        "socks4", "socks4a", "socks5", "socks5-hostname", "login-options", "sasl-authzid", "proto", "proto-default", "proto-redir",
        "pinnedpubkey", "service-name", "delegation", "crlfile", "engine", "curves", "tls13-ciphers", "happy-eyeballs-timeout-ms",
        "netrc-file", "alt-svc", "hsts", "etag-save", "etag-compare", "haproxy-clientip", "dns-interface", "request-target", "quote",
    ]
    private static let ignored: Set<String> = [
        "silent", "show-error", "verbose", "include", "fail", "fail-with-body", "output", "remote-name", "write-out", "cookie-jar",
        "no-buffer",
        "globoff", "junk-session-cookies", "progress-bar", "ipv4", "ipv6", "dump-header", "remote-header-name", "path-as-is", "stderr",
        "trace", "trace-ascii", "output-dir", "no-progress-meter", "styled-output", "no-keepalive", "keepalive-time", "http2", "disable",
        "cert-type", "key-type", "create-dirs",
    ]
}

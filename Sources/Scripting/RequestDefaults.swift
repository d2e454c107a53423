import CLua
import CLuaBridge
import LoadModel

/// What every request of a user class says unless it says otherwise itself.
struct RequestDefaults: Equatable {
    /// A header line `Name: value`.
    struct HeaderLine: Equatable {
        var name: [UInt8]
        /// With the name; without an end.
        var line: [UInt8]
    }

    var headers: [HeaderLine] = []
    /// A whole header line; empty: none.
    var authorization: [UInt8] = []
    /// As `RequestDraft` has it.
    var timeoutMilliseconds: Int32 = 0
    /// As `RequestDraft` has it.
    var mostRedirects: Int16 = -1

    /// Adds the headers that a draft does not name itself. `isAuthorized`: nothing more is to be said about who asks; `hasBoundary`: the
    /// body's type is fixed.
    func addHeaders(to lines: inout ByteBuffer, isAuthorized: Bool, hasBoundary: Bool) {
        for header in headers {
            if HeaderLines.contains(header.name, in: lines.bytes) { continue }
            if hasBoundary, header.line.count > 13, String(decoding: header.name, as: UTF8.self).lowercased() == "content-type" { continue }
            if isAuthorized, String(decoding: header.name, as: UTF8.self).lowercased() == "authorization" { continue }
            header.line.withUnsafeBytes { lines.append($0) }
            lines.append(0)
        }
        if !isAuthorized, !authorization.isEmpty, !HeaderLines.contains("authorization".utf8, in: lines.bytes) {
            authorization.withUnsafeBytes { lines.append($0) }
            lines.append(0)
        }
    }
}

/// Reads the fields `headers`, `auth`, `timeout` and `redirects` of a user class.
struct RequestDefaultsReader {
    private let lua: UnsafeMutablePointer<cicada_lua>

    /// A reader for values on a state's stacks.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Reads the values at these indices of a stack; 0: not given. May leave further values on the stack. The refusal names the field.
    func read(headers: Int32, auth: Int32, timeout: Int32, redirects: Int32, of stack: OpaquePointer?) throws(Refusal) -> RequestDefaults {
        var defaults = RequestDefaults()
        if timeout != 0 { defaults.timeoutMilliseconds = try RequestLimits.timeoutMilliseconds(at: timeout, of: stack, lua) }
        if redirects != 0 { defaults.mostRedirects = try RequestLimits.redirects(at: redirects, of: stack, lua) }
        if auth != 0 { defaults.authorization = try Authorization(at: auth, of: stack, lua).line }
        if headers != 0 {
            var lines = ByteBuffer()
            var reader = HeaderReader(lua: lua)
            try reader.read(headers, of: stack, into: &lines)
            defaults.headers = lines.bytes.split(separator: 0).map { line in
                RequestDefaults.HeaderLine(name: Array(line.prefix { $0 != UInt8(ascii: ":") }), line: Array(line))
            }
            if auth != 0, HeaderLines.contains("authorization".utf8, in: lines.bytes) {
                throw Refusal(message: "both auth and a header Authorization are given: keep one")
            }
        }
        return defaults
    }
}

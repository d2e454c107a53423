import CLua
import CLuaBridge
import LoadModel

/// Reads who a request comes from: the option `auth`, of requests and classes.
struct Authorization {
    /// The header line `Authorization: …` without an end; empty: `auth = false`, nobody.
    private(set) var line: [UInt8] = []

    /// Reads `{ user = "…", password = "…" }` (RFC 7617), `{ bearer = "…" }` (RFC 6750) or false. Leaves the stack as it was.
    init(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal) {
        if lua_type(stack, index) == LUA_TBOOLEAN, lua_toboolean(stack, index) == 0 { return }
        guard lua_type(stack, index) == LUA_TTABLE else {
            throw Refusal(message: "auth must be a table, not \(LuaValue(at: index, of: stack, lua).words)" + Self.usage)
        }
        let fields = try Self.fields(at: index, of: stack, lua)
        if let bearer = fields["bearer"] {
            if fields.count > 1 { throw Refusal(message: "auth has both a bearer and a user: keep one" + Self.usage) }
            guard !bearer.isEmpty, bearer.allSatisfy({ (33...126).contains($0) }) else {
                throw Refusal(message: "bearer of auth must be a token of visible ASCII characters without spaces")
            }
            line = Array("Authorization: Bearer ".utf8) + bearer
            return
        }
        guard let user = fields["user"] else { throw Refusal(message: "auth names neither a user nor a bearer" + Self.usage) }
        let password = fields["password"] ?? []
        if user.contains(UInt8(ascii: ":")) { throw Refusal(message: "user of auth cannot hold a colon (RFC 7617)") }
        if (user + password).contains(where: { $0 < 32 || $0 == 127 }) {
            throw Refusal(message: "user and password of auth cannot hold control characters")
        }
        line = Array("Authorization: Basic ".utf8) + Self.base64(user + [UInt8(ascii: ":")] + password)
    }

    private static let usage = ": write auth = { user = \"name\", password = \"...\" } or auth = { bearer = token }"

    private static func fields(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) throws(Refusal)
        -> [String: [UInt8]]
    {
        try PairReader.reserve(4, on: stack, what: "auth")
        let top = lua_gettop(stack)
        defer { lua_settop(stack, top) }
        var fields: [String: [UInt8]] = [:]
        lua_pushnil(stack)
        while lua_next(stack, index) != 0 {
            guard lua_type(stack, top + 1) == LUA_TSTRING else { throw Refusal(message: "auth has an item without a name" + usage) }
            let name = LuaState.text(at: top + 1, of: stack)
            let known = ["user", "password", "bearer"]
            guard known.contains(name) else {
                throw Refusal(message: "auth has no field '\(name)': " + Suggestion.remedy(for: name, among: known))
            }
            guard lua_type(stack, top + 2) == LUA_TSTRING else {
                throw Refusal(message: "\(name) of auth must be a text, not \(LuaValue(at: top + 2, of: stack, lua).words)")
            }
            fields[name] = Array(PairReader.bytes(top + 2, of: stack))
            lua_settop(stack, top + 1)
        }
        return fields
    }

    /// RFC 4648, section 4.
    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for digit in 0..<4 { text.append(digit <= group.count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "=")) }
        }
        return text
    }
}

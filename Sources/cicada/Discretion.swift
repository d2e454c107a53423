/// What is shown of values that only their owner should know: a password in a terminal's history helps nobody.
enum Discretion {
    /// Of a secret so many characters are shown.
    private static let shownCharacters = 10

    /// A header line, with its value cut when its name says that it is a secret.
    static func header(_ line: String) -> String {
        let name = line.prefix { $0 != ":" }
        guard name.count < line.count, isSecret(String(name)) else { return line }
        return "\(name): \(cut(line.dropFirst(name.count + 1).drop { $0 == " " }))"
    }

    /// A value, cut when the name of its field says that it is a secret.
    static func value(_ value: String, ofField name: String) -> String { isSecret(name) ? cut(value[...]) : value }

    private static func cut(_ value: Substring) -> String {
        value.count <= shownCharacters ? String(value) : "\(value.prefix(shownCharacters))… (\(value.utf8.count) bytes)"
    }

    /// Whether a header or column of this name is likely to hold a secret.
    static func isSecret(_ name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return parts.contains { letters.contains($0) } || endings.contains { letters.hasSuffix($0) }
    }

    private static let parts = [
        "authorization", "cookie", "token", "secret", "password", "passwd", "passphrase", "apikey", "csrf", "xsrf", "credential", "session",
        "signature",
    ]
    private static let endings = ["key", "auth", "jwt", "pin", "otp", "pwd"]
}

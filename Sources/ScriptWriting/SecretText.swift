/// Secrets inside a text that is not taken apart otherwise: a body that is no proper JSON or form, a path, the value of a harmless field.
///
/// Found are `"password": "…"` and numbers (also with escaped quotes), `password=…`, `password: …`, `<password>…<`, and JSON Web Tokens
/// anywhere. In doubt a value is taken for longer than it is, rather than that a piece of it stays.
struct SecretText {
    /// A stretch of the text.
    enum Piece: Equatable {
        case plain(String)
        /// `name` is what it is called in the text; nil: a JSON Web Token.
        case secret(String, name: String?)
    }

    /// In their order; together they are the text.
    private(set) var pieces: [Piece] = []
    /// Whether a word such as `password` stands in it without a value that could be told apart.
    private(set) var isSuspicious = false

    private let bytes: [UInt8]
    /// Values end at `&` alone.
    private let isForm: Bool

    private struct Found {
        var label: Range<Int>
        var name: String?
        var value: Range<Int>
    }

    init(_ text: String, isForm: Bool = false) {
        bytes = Array(text.utf8)
        self.isForm = isForm
        scan()
    }

    /// The text for readers: `[secret]` in the place of secrets.
    static func shown(_ text: String) -> String {
        SecretText(text).pieces.map { piece in
            switch piece {
            case .plain(let text): text
            case .secret: "[secret]"
            }
        }.joined()
    }

    /// Whether there is any.
    var holdsSecret: Bool {
        pieces.contains { piece in
            if case .secret = piece { true } else { false }
        }
    }

    private mutating func scan() {
        var index = 0
        var start = 0
        var rest: [UInt8] = []
        var restStart = 0
        while index < bytes.count {
            guard let found = quotedField(at: index) ?? element(at: index) ?? field(at: index) ?? token(at: index) else {
                index += 1
                continue
            }
            rest += bytes[restStart..<found.label.lowerBound] + [32]
            restStart = found.value.isEmpty ? found.label.upperBound : found.value.upperBound
            if !found.value.isEmpty {
                if found.value.lowerBound > start { pieces.append(.plain(text(start..<found.value.lowerBound))) }
                pieces.append(.secret(text(found.value), name: found.name))
                start = found.value.upperBound
            }
            index = max(index + 1, restStart)
        }
        if start < bytes.count { pieces.append(.plain(text(start..<bytes.count))) }
        rest += bytes[restStart...]
        let words = String(decoding: rest, as: UTF8.self).lowercased()
        isSuspicious = Self.words.contains { words.contains($0) }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private func skipSpace(_ index: Int) -> Int {
        var index = index
        while let byte = byte(index), byte == 32 || (9...13).contains(byte) { index += 1 }
        return index
    }

    // MARK: - Shapes

    /// `"name": "value"`, `"name": 123`.
    private func quotedField(at index: Int) -> Found? {
        guard bytes[index] == UInt8(ascii: "\"") else { return nil }
        let isEscaped = index > 0 && bytes[index - 1] == UInt8(ascii: "\\")
        let label = index + 1..<closing(UInt8(ascii: "\""), from: index + 1, isEscaped: isEscaped, atMost: Self.longestName)
        var next = label.upperBound + (isEscaped ? 2 : 1)
        guard next <= bytes.count else { return nil }
        next = skipSpace(next)
        guard byte(next) == UInt8(ascii: ":"), let name = secretName(label) else { return nil }
        next = skipSpace(next + 1)
        if let value = quoted(at: next) { return Found(label: label, name: name, value: value) }
        var end = next
        while let byte = byte(end), Self.isDigit(byte) || "+-.eE".utf8.contains(byte) { end += 1 }
        if end > next, Self.isDigit(bytes[end - 1]) { return Found(label: label, name: name, value: next..<end) }
        let isKnown = ["true", "false", "null"].contains { bytes[next...].starts(with: $0.utf8) }
        return isKnown ? Found(label: label, name: name, value: next..<next) : nil
    }

    /// `<name>value<`.
    private func element(at index: Int) -> Found? {
        guard bytes[index] == UInt8(ascii: "<") else { return nil }
        let isEnd = byte(index + 1) == UInt8(ascii: "/")
        let start = isEnd ? index + 2 : index + 1
        var end = start
        while let byte = byte(end), Self.isOfName(byte) || byte == UInt8(ascii: ":") { end += 1 }
        guard end - index <= Self.longestName, let name = secretName(start..<end) else { return nil }
        if isEnd { return Found(label: start..<end, name: name, value: end..<end) }
        guard let close = bytes[end..<min(end + 300, bytes.count)].firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let last = bytes[close...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        return Found(label: start..<end, name: name, value: close + 1..<last)
    }

    /// `name=value`, `name: "value"`, and `name: value` on a line of its own.
    private func field(at index: Int) -> Found? {
        guard Self.isOfName(bytes[index]), index == 0 || !Self.isOfName(bytes[index - 1]) else { return nil }
        var end = index
        while let byte = byte(end), Self.isOfName(byte), end - index <= Self.longestName { end += 1 }
        let next = isForm ? end : skipSpace(end)
        guard let sign = byte(next), sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":"), let name = secretName(index..<end) else {
            return nil
        }
        let label = index..<end
        if isForm {
            guard sign == UInt8(ascii: "=") else { return nil }
            return Found(label: label, name: name, value: next + 1..<run(next + 1) { $0 == UInt8(ascii: "&") })
        }
        let start = skipSpace(next + 1)
        if let value = quoted(at: start) { return Found(label: label, name: name, value: value) }
        if sign == UInt8(ascii: "=") {
            let value = next + 1..<run(next + 1) { $0 <= 32 || "&\"'<>".utf8.contains($0) }
            return Found(label: label, name: name, value: value)
        }
        guard index == 0 || bytes[index - 1] == 10 || bytes[index - 1] == 13, start > next + 1 else { return nil }
        return Found(label: label, name: name, value: start..<run(start) { $0 == 10 || $0 == 13 })
    }

    /// A JSON Web Token (RFC 7519): three parts in base64url, of which the first begins with `{"`.
    private func token(at index: Int) -> Found? {
        guard bytes[index...].starts(with: "eyJ".utf8), index == 0 || !Self.isOfToken(bytes[index - 1]) else { return nil }
        let end = run(index) { !Self.isOfToken($0) && $0 != UInt8(ascii: ".") }
        let dots = bytes[index..<end].reduce(0) { $0 + ($1 == UInt8(ascii: ".") ? 1 : 0) }
        return dots >= 2 && end - index > 20 ? Found(label: index..<index, name: nil, value: index..<end) : nil
    }

    // MARK: - Steps

    /// Where the first byte stands at which a value ends.
    private func run(_ start: Int, until ends: (UInt8) -> Bool) -> Int { bytes[start...].firstIndex(where: ends) ?? bytes.count }

    /// What stands in the quotes that begin here: `"`, `'` or `\"`; to the end where they are not closed.
    private func quoted(at index: Int) -> Range<Int>? {
        guard let first = byte(index) else { return nil }
        if first == UInt8(ascii: "\\"), byte(index + 1) == UInt8(ascii: "\"") {
            return index + 2..<closing(UInt8(ascii: "\""), from: index + 2, isEscaped: true)
        }
        guard first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") else { return nil }
        return index + 1..<closing(first, from: index + 1, isEscaped: false)
    }

    /// Where the closing quote stands, or the backslash before it.
    private func closing(_ quote: UInt8, from start: Int, isEscaped: Bool, atMost most: Int = .max) -> Int {
        let end = most < bytes.count - start ? start + most : bytes.count
        var index = start
        while index < end {
            let isBackslash = bytes[index] == UInt8(ascii: "\\")
            if isEscaped, isBackslash, byte(index + 1) == quote { return index }
            if !isEscaped, bytes[index] == quote { return index }
            // In an escaped text `\\\"` is a quote inside of the value.
            let isNested = isEscaped && isBackslash && byte(index + 1) == UInt8(ascii: "\\")
            index += isNested && byte(index + 2) == UInt8(ascii: "\\") ? 4 : isBackslash ? 2 : 1
        }
        return min(index, bytes.count)
    }

    /// The name, if it is one of a secret.
    private func secretName(_ range: Range<Int>) -> String? {
        let written = text(range)
        let name =
            written.contains("\\")
            ? JSONValue("\"\(written)\"").flatMap { if case .text(let text) = $0 { text } else { nil } } ?? written
            : PercentText.decoded(written, plusIsSpace: true) ?? written
        return SecretNames.isSecret(name: name) ? name : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isOfName(_ byte: UInt8) -> Bool {
        isOfToken(byte) || byte > 127 || ".%[]+$".utf8.contains(byte)
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
    }

    private static let longestName = 80
    private static let words = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "credential", "bearer ",
    ]
}

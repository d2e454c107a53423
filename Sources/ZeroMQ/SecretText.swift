import CSodium

/// How keys are written: one line of a prefix that says what it is, then base64url (RFC 4648, without padding) of the bytes and a checksum
/// of four more. Safe unquoted in shells, YAML and environment variables.
struct SecretText {
    /// What the text is, for messages: “master key”.
    let name: String
    /// What it starts with.
    let prefix: String
    /// How many bytes it carries, checksum aside.
    let size: Int

    /// The key that orders are given with.
    static let masterKey = SecretText(name: "master key", prefix: "cicada-master-", size: CurveKeyPair.size)
    /// What workers join with.
    static let joinToken = SecretText(name: "join token", prefix: "cicada-join-", size: 2 * CurveKeyPair.size)

    private static let checksumSize = 4
    private static let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)

    /// Characters of a whole text.
    var length: Int { prefix.utf8.count + ((size + Self.checksumSize) * 8 + 5) / 6 }

    /// The text for `bytes`.
    func encode(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == size, "a \(name) carries \(size) bytes")
        Sodium.ready()
        let payload = bytes + checksum(bytes)
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(payload.count, Self.variant))
        sodium_bin2base64(&text, text.count, payload, payload.count, Self.variant)
        return prefix + text.dropLast().map { String(UnicodeScalar(UInt8(bitPattern: $0))) }.joined()
    }

    /// The bytes that were encoded; white space around the text is ignored. Throws `LinkError` that says what is wrong with the text,
    /// without repeating it.
    func decode(_ text: String) throws -> [UInt8] {
        Sodium.ready()
        let characters = Array(Self.trimmed(text))
        if characters.isEmpty { throw LinkError("no \(name) was given: the text is empty") }
        guard characters.starts(with: prefix.utf8) else { throw unknown(characters) }
        if characters.count < length {
            throw LinkError("this \(name) was cut: \(characters.count) of \(length) characters are here. Copy the whole line")
        }
        if characters.count > length {
            throw LinkError(
                "this \(name) is too long: \(characters.count) characters instead of \(length). Give that one line and nothing else")
        }
        let encoded = characters.dropFirst(prefix.utf8.count).map { CChar(bitPattern: $0) }
        var payload = [UInt8](repeating: 0, count: size + Self.checksumSize)
        var count = 0
        let status = sodium_base642bin(&payload, payload.count, encoded, encoded.count, nil, &count, nil, Self.variant)
        guard status == 0, count == payload.count, checksum(Array(payload[..<size])) == Array(payload[size...]) else {
            throw LinkError("this \(name) was mistyped: its checksum does not match. Copy the whole line again")
        }
        return Array(payload[..<size])
    }

    private func checksum(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(Array(prefix.utf8) + bytes).prefix(Self.checksumSize)) }

    private func unknown(_ characters: [UInt8]) -> LinkError {
        for other in [Self.masterKey, Self.joinToken] where other.name != name && characters.starts(with: other.prefix.utf8) {
            return LinkError("this is a \(other.name), not a \(name): a \(name) starts with \(prefix)")
        }
        return LinkError("this is not a \(name): a \(name) is one line of \(length) characters and starts with \(prefix)")
    }

    private static func trimmed(_ text: String) -> Substring.UTF8View {
        var bytes = text.utf8[...]
        func isBlank(_ byte: UInt8?) -> Bool { byte.map { [0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? false }
        while isBlank(bytes.first) { bytes = bytes.dropFirst() }
        while isBlank(bytes.last) { bytes = bytes.dropLast() }
        return bytes
    }
}

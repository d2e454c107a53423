import CSodium

/// A key pair for CURVE (Curve25519, 32 bytes each), the way libzmq takes it. Its description shows the public half only.
struct CurveKeyPair: Equatable, CustomStringConvertible {
    /// Bytes of either half.
    static let size = 32

    let secretKey: [UInt8]
    let publicKey: [UInt8]

    /// The pair that belongs to a secret of 32 bytes.
    init(secretKey: [UInt8]) {
        precondition(secretKey.count == Self.size, "a secret key has 32 bytes")
        Sodium.ready()
        self.secretKey = secretKey
        var publicKey = [UInt8](repeating: 0, count: Self.size)
        let status = crypto_scalarmult_base(&publicKey, secretKey)
        precondition(status == 0, "no public key belongs to this secret")
        self.publicKey = publicKey
    }

    /// A second pair that whoever knows the first one's secret can work out, and from which the first cannot be worked out.
    func derived(for purpose: String) -> CurveKeyPair { CurveKeyPair(secretKey: SHA256.hash(Array(purpose.utf8) + secretKey)) }

    var description: String { "key pair \(publicKey.prefix(4).map { String($0, radix: 16) }.joined(separator: ":"))…" }
}

/// What a worker joins with: the master's public key, so that it talks to no other, and the secret key that all workers share. Neither the
/// master's nor an operator's key can be worked out from it.
package struct JoinToken: Sendable, Equatable, CustomStringConvertible {
    let serverPublicKey: [UInt8]
    let workers: CurveKeyPair

    init(serverPublicKey: [UInt8], workers: CurveKeyPair) {
        self.serverPublicKey = serverPublicKey
        self.workers = workers
    }

    /// Reads `text`. Throws `LinkError` that says what is wrong with the text.
    package init(text: String) throws {
        let bytes = try SecretText.joinToken.decode(text)
        serverPublicKey = Array(bytes[..<CurveKeyPair.size])
        workers = CurveKeyPair(secretKey: Array(bytes[CurveKeyPair.size...]))
    }

    /// The token as one line: a secret.
    package var text: String { SecretText.joinToken.encode(serverPublicKey + workers.secretKey) }

    /// Shows no secret.
    package var description: String { "join token (workers' \(workers))" }
}

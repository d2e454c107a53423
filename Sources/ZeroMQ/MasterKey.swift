/// Who the master is: one secret of 32 bytes. The workers' and the operators' key pairs are derived from it, so that whoever has it can do
/// everything, and one line is all that needs to be kept.
package struct MasterKey: Sendable, Equatable, CustomStringConvertible {
    /// The master's own pair: what the socket proves to those who connect.
    let server: CurveKeyPair
    /// The pair that all workers share.
    let workers: CurveKeyPair
    /// The pair of those who may give orders.
    let operators: CurveKeyPair

    private init(secret: [UInt8]) {
        server = CurveKeyPair(secretKey: secret)
        workers = server.derived(for: "cicada workers 1\n")
        operators = server.derived(for: "cicada operators 1\n")
    }

    /// A key that nobody had before.
    package static func new() -> MasterKey { MasterKey(secret: RandomBytes.bytes(CurveKeyPair.size)) }

    /// Reads `text`. Throws `LinkError` that says what is wrong with the text.
    package init(text: String) throws { self.init(secret: try SecretText.masterKey.decode(text)) }

    /// The key as one line: a secret.
    package var text: String { SecretText.masterKey.encode(server.secretKey) }

    /// What workers need to join, and no more.
    package var joinToken: JoinToken { JoinToken(serverPublicKey: server.publicKey, workers: workers) }

    /// Shows no secret.
    package var description: String { "master key (\(server))" }
}

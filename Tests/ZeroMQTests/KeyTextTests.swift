import Testing

@testable import ZeroMQ

/// `MasterKey`, `JoinToken` and `SecretText`.
struct KeyTextTests {
    private func failure(_ read: () throws -> Void) -> String {
        do {
            try read()
            return "it was read"
        } catch { return "\(error)" }
    }

    @Test func keysAndTokensSurviveBeingWritten() throws {
        let key = MasterKey.new()
        #expect(try MasterKey(text: key.text) == key)
        #expect(try JoinToken(text: key.joinToken.text) == key.joinToken)
        #expect(try MasterKey(text: " \t\(key.text)\r\n\n") == key)
        #expect(try MasterKey(text: key.text).joinToken == key.joinToken)
        #expect(MasterKey.new() != key)
    }

    @Test func textsAreOneLineThatShellsAndYAMLLeaveAlone() {
        let key = MasterKey.new()
        #expect(key.text.utf8.count == SecretText.masterKey.length && key.text.hasPrefix("cicada-master-"))
        #expect(key.joinToken.text.utf8.count == SecretText.joinToken.length && key.joinToken.text.hasPrefix("cicada-join-"))
        for text in [key.text, key.joinToken.text] {
            #expect(text.utf8.allSatisfy { $0 < 128 && (UnicodeScalar($0).properties.isAlphabetic || "0123456789-_".utf8.contains($0)) })
        }
    }

    /// A change of this would lock out every worker with an older token.
    @Test func derivationStaysWhatItIs() throws {
        let key = try MasterKey(text: SecretText.masterKey.encode(Array(0..<32)))
        #expect(key.text == "cicada-master-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_dmwPn")
        #expect(
            key.joinToken.text
                == "cicada-join-j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF-PYvT6F35dauLuum5wh-RJhnzsMEq-k85KR355gm0rf-uTKxk")
    }

    @Test func secretsAreNotInDescriptions() {
        let key = MasterKey.new()
        for text in ["\(key)", "\(key.joinToken)", "\(MasterSecurity.curve(key))", "\(WorkerSecurity.curve(key.joinToken))"] {
            #expect(!text.contains(key.text.dropFirst(14)) && !text.contains(key.joinToken.text.dropFirst(12)), "\(text)")
            #expect(!text.contains("\(key.server.secretKey[0]), \(key.server.secretKey[1])"), "\(text)")
        }
    }

    @Test func tokenTellsNeitherTheMastersNorTheOperatorsKey() {
        let key = MasterKey.new()
        let token = key.joinToken
        #expect(token.workers.secretKey != key.server.secretKey && token.workers.secretKey != key.operators.secretKey)
        #expect(Set([key.server.publicKey, key.workers.publicKey, key.operators.publicKey]).count == 3)
        #expect(token.workers.derived(for: "cicada operators 1\n") != key.operators)
    }

    @Test func wrongTextsAreExplainedAndNotRepeated() {
        let key = MasterKey.new()
        let (master, join) = (key.text, key.joinToken.text)
        let cases: [(text: String, asToken: Bool, words: String)] = [
            ("", true, "no join token was given"),
            (" \n", false, "no master key was given"),
            (master, true, "this is a master key, not a join token"),
            (join, false, "this is a join token, not a master key"),
            ("hunter2", true, "this is not a join token"),
            ("CICADA-JOIN-" + join.dropFirst(12), true, "this is not a join token"),
            (String(join.dropLast()), true, "was cut: \(join.count - 1) of \(join.count) characters"),
            ("cicada-join-", true, "was cut"),
            (join + "x", true, "is too long"),
            (join + "\n" + join, true, "is too long"),
            (String(repeating: "x", count: 1_000_000), true, "this is not a join token"),
            (join.replacing("cicada-join-", with: "cicada-join-*", maxReplacements: 1).dropLast().description, true, "mistyped"),
            ("cicada-master-" + String(repeating: "é", count: 24), false, "mistyped"),
            ("cicada-master-" + String(repeating: "A", count: 48), false, "mistyped"),
            ("cicada-master-" + String(repeating: "\0", count: 48), false, "mistyped"),
        ]
        for (text, asToken, words) in cases {
            let failure = failure { if asToken { _ = try JoinToken(text: text) } else { _ = try MasterKey(text: text) } }
            #expect(failure.contains(words) && failure.utf8.count < 200, "\(failure)")
            #expect(!failure.contains("hunter2"))
        }
    }

    @Test func everyMistypedCharacterIsNoticed() {
        let text = Array(MasterKey.new().joinToken.text)
        for index in 12..<text.count {
            var mistyped = text
            mistyped[index] = text[index] == "A" ? "B" : "A"
            #expect(failure { _ = try JoinToken(text: String(mistyped)) }.contains("mistyped"), "\(index)")
        }
    }

    @Test func hashIsSHA256() {
        let digest = SHA256.hash(Array("abc".utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hash([]).count == 32)
    }

    @Test func randomNumbersDiffer() {
        #expect(Set((0..<1000).map { _ in RandomBytes.uint64() }).count == 1000)
        #expect(RandomBytes.bytes(16) != RandomBytes.bytes(16) && RandomBytes.bytes(0).isEmpty)
    }
}

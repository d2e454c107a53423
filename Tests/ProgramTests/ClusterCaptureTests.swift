import Foundation
import Glibc
import LoadModel
import TestServers
import Testing
import ZeroMQ

extension ClusterTests {
    /// What somebody on the way, or somebody who knocks, gets to see.
    struct CaptureTests {
        private static let script = #"""
            -- Kreuzotter im Moos
            user "Blindschleiche" { wait = constant(0.05), task { "Ringelnatter", function(self)
              self.http:get("/", { name = "Schlingnatter", headers = { Authorization = "Bearer Aeskulapnatter" } })
            end } }
            """#
        private static let worker = "Mauereidechse"

        /// What passed between a master and its worker, and the texts that nobody else should see.
        private static func capture(isPlain: Bool) async throws -> (end: FleetEnd, bytes: [UInt8], secrets: [String: [UInt8]]) {
            try await onOwnThread {
                let fleet = try Fleet(.init(script: script, runTime: "3s", expectedWorkers: 1, isPlain: isPlain))
                try fleet.startMaster()
                let relay = try TCPRelay(to: fleet.port, keepsBytes: true)
                try fleet.startWorker(worker, port: relay.port)
                let end = try fleet.finish()
                let texts = [
                    "Kreuzotter", "Blindschleiche", "Ringelnatter", "Schlingnatter", "Aeskulapnatter", script, worker, fleet.webapp.url,
                ]
                let key = try MasterKey(text: fleet.keys["CICADA_MASTER_KEY"] ?? "")
                var secrets = Dictionary(texts.map { ($0, Array($0.utf8)) }, uniquingKeysWith: { first, _ in first })
                for text in [key.text, key.joinToken.text] {
                    secrets[text] = Array(text.utf8)
                    secrets["the bytes of \(text)"] = Self.bytes(of: text)
                }
                return (end, relay.recorded, secrets)
            }
        }

        /// The keys behind a text.
        private static func bytes(of text: String) -> [UInt8] {
            let digits = text.split(separator: "-", maxSplits: 2).last.map(String.init) ?? ""
            let standard = digits.replacing("-", with: "+").replacing("_", with: "/")
            let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
            return Data(base64Encoded: padded).map { Array($0) } ?? []
        }

        /// Whether any eight bytes in a row of a text are in a recording.
        private static func isSeen(_ secret: [UInt8], in windows: Set<UInt64>) -> Bool { !Self.windows(secret).isDisjoint(with: windows) }

        private static func windows(_ bytes: [UInt8]) -> Set<UInt64> {
            var windows: Set<UInt64> = []
            var window: UInt64 = 0
            for (position, byte) in bytes.enumerated() {
                window = window << 8 | UInt64(byte)
                if position >= 7 { windows.insert(window) }
            }
            return windows
        }

        @Test func anEncryptedLinkShowsNothing() async throws {
            let (end, bytes, secrets) = try await Self.capture(isPlain: false)
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            let windows = Self.windows(bytes)
            #expect(bytes.count > 5_000 && secrets.values.allSatisfy { $0.count >= 8 }, "\(bytes.count) bytes, \(secrets)")
            for (name, secret) in secrets { #expect(!Self.isSeen(secret, in: windows), "\(name) can be read") }
        }

        /// So that the test above can fail.
        @Test func anOpenLinkShowsAllButTheKeys() async throws {
            let (end, bytes, secrets) = try await Self.capture(isPlain: true)
            #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
            let windows = Self.windows(bytes)
            for (name, secret) in secrets { #expect(Self.isSeen(secret, in: windows) == !name.contains("cicada-"), "\(name)") }
        }

        @Test func whoeverKnocksGetsAGreetingAtMost() async throws {
            let answers = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m", expectedWorkers: 1))
                try fleet.startMaster()
                try fleet.startWorker(Self.worker)
                try fleet.waitForUsers()
                var answers: [(opening: String, answer: [UInt8])] = []
                for (name, opening) in Self.openings {
                    let peer = try StrangePeer(port: fleet.port)
                    peer.send(opening)
                    answers.append((name, peer.receive(milliseconds: 600)))
                }
                fleet.master?.signal(SIGINT)
                let end = try fleet.finish()
                if !end.isComplete { throw RawConnectionError(what: "not complete: \(end)") }
                return answers
            }
            let greeting = StrangePeer.greeting("CURVE")
            for (opening, answer) in answers { #expect(greeting.starts(with: answer), "\(opening): \(answer)") }
            #expect(answers.first?.answer.count == 10 && answers.map(\.answer.count).max() == 64)
        }

        /// What port scanners and stray clients say.
        private static var openings: [(name: String, bytes: [UInt8])] {
            var random = SplitMix64(seed: 1)
            let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
            return [
                ("nothing", []), ("HTTP 1.0", Array("GET / HTTP/1.0\r\n\r\n".utf8)), ("lines", Array("\r\n\r\n".utf8)),
                ("help", Array("HELP\r\n".utf8)), ("SSH", Array("SSH-2.0-OpenSSH_9.0\r\n".utf8)), ("redis", Array("PING\r\n".utf8)),
                ("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + noise), ("HTTP 2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)),
                ("ZMTP 1", [1, 0]), ("ZMTP 2", [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5]), ("NULL", StrangePeer.greeting("NULL")),
                ("CURVE", StrangePeer.greeting("CURVE")), ("CURVE and noise", StrangePeer.greeting("CURVE") + noise), ("noise", noise),
            ]
        }
    }
}

import TestServers
import Testing

/// Cicada and the real Locust, one pair of programs after the other. Missing Locust fails these tests: `scripts/setup` installs it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LocustTests {}

extension LocustTests {
    /// The Locust that all of these tests are held against.
    struct LocustProgramTests {
        @Test func theRealLocustIsThere() async throws {
            let end = try await onOwnThread { try LocustProgram("", ["--version"]).waitForEnd() }
            #expect(end.exitCode == 0, "\(end.errors)")
            #expect(end.output.hasPrefix("locust 2.47.0 "), "\(end.output)")
        }

        @Test func itsWebAPIAnswers() async throws {
            let count = try await onOwnThread {
                let master = try LocustProgram.master(
                    "from locust import User\nclass Alpha(User):\n    pass\n", port: Loopback.freePort(), webPort: Loopback.freePort())
                guard master.answers() else { throw RawConnectionError(what: master.program.errors) }
                return try master.get("/worker-count").body
            }
            #expect(count.filter { !$0.isWhitespace } == "{\"worker_count\":0}", "\(count)")
        }
    }
}

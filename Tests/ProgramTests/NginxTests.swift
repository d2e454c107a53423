import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// Against a server that is not ours.
    @Suite(.enabled(if: Nginx.path != nil, "nginx is not installed")) struct NginxTests {
        private static let script = #"user "U" { wait = constant(0.05), task { "t", function(self) self.http:get("/ok") end } }"#
        private static let load = ["--users", "10", "--spawn-rate", "100", "--run-time", "600ms"]

        private struct Outcome: Sendable {
            var end: RunningProgram.End
            var result: ResultFile
            var log: [String]
        }

        /// One run against an nginx of its own; `flags` are made from it.
        private func run(script: String = Self.script, _ flags: @escaping @Sendable (Nginx) -> [String]) async throws -> Outcome {
            try await onOwnThread {
                let nginx = try Nginx()
                let (end, result) = try CicadaRun(script: script, flags(nginx) + Self.load).finish()
                return Outcome(end: end, result: result, log: try nginx.log())
            }
        }

        @Test(arguments: ["127.0.0.1", "localhost", "[::1]"]) func plainHTTPAtNamesAndAddresses(host: String) async throws {
            if host == "[::1]" && !FileManager.default.fileExists(atPath: "/proc/net/if_inet6") { return }
            let outcome = try await run { ["--host", "http://\(host):\($0.port)/"] }
            #expect(outcome.end.exitCode == 0 && outcome.result.isConsistent, "\(outcome.end)")
            #expect(outcome.result.total.failures == 0 && outcome.result.total.requests > 50)
            #expect(outcome.log.count == outcome.result.issued)
            #expect(outcome.log.allSatisfy { $0.contains(" HTTP/1.1 200 ") })
        }

        @Test func anUntrustedCertificateIsAFailureByNameAndTheRunGoesOn() async throws {
            let outcome = try await run { ["--host", "https://127.0.0.1:\($0.tlsPort)"] }
            #expect(outcome.end.exitCode == 0 && outcome.result.isConsistent, "\(outcome.end)")
            #expect(outcome.result.total.requests > 20)
            #expect(outcome.result.reasons == ["TLS certificate not trusted": outcome.result.total.requests])
        }

        @Test(arguments: [("auto", "HTTP/2.0"), ("2", "HTTP/2.0"), ("1.1", "HTTP/1.1")])
        func overTLSTheProtocolIsNegotiated(version: String, spoken: String) async throws {
            let outcome = try await run { ["--host", "https://127.0.0.1:\($0.tlsPort)", "--insecure", "--http-version", version] }
            #expect(outcome.end.exitCode == 0 && outcome.result.isConsistent, "\(outcome.end)")
            #expect(outcome.result.total.failures == 0 && outcome.result.total.requests > 50)
            #expect(outcome.log.count == outcome.result.issued && outcome.log.allSatisfy { $0.contains(" \(spoken) 200 ") })
            #expect(outcome.end.output.contains("\ntls "))
        }

        @Test(arguments: ["user", "shared", "new"]) func aGivenAuthorityIsTrusted(mode: String) async throws {
            let outcome = try await run {
                ["--host", "https://localhost:\($0.tlsPort)", "--cacert", $0.certificate, "--connections", mode]
            }
            #expect(outcome.end.exitCode == 0 && outcome.result.isConsistent, "\(outcome.end)")
            #expect(outcome.result.total.failures == 0 && outcome.result.total.requests > 50)
            #expect(outcome.log.count == outcome.result.issued)
        }

        @Test func answersAreDecompressedRedirectsFollowedAndMissingPagesCounted() async throws {
            let script = #"""
                user "U" { wait = constant(0.05), task { "t", function(self)
                  local r = self.http:get("/hello.txt")
                  check(r, "is decompressed", r.headers["content-encoding"] == "gzip" and r.body == ("hello world\n"):rep(1000))
                  check(self.http:get("/moved"), "is redirected", r.ok)
                  check(self.http:get("/missing"), "is a page", true)
                end } }
                """#
            let outcome = try await run(script: script) { ["--host", "http://127.0.0.1:\($0.port)"] }
            let result = outcome.result
            #expect(outcome.end.exitCode == 0 && result.isConsistent, "\(outcome.end)")
            #expect(result.reasons == ["HTTP 404 Not Found": result.requests.first { $0.name == "/missing" }?.requests ?? -1])
            let page = try #require(result.requests.first { $0.name == "/hello.txt" })
            // Bytes are those on the wire, before decompression.
            #expect(page.requests > 20 && page.receivedBytes / page.requests < 1000)
            let moved = try #require(result.requests.first { $0.name == "/moved" })
            #expect(moved.requestsByStatus == ["200": moved.requests])
        }

        @Test func aProxyIsAskedForWholeURLs() async throws {
            let outcome = try await run {
                ["--host", "http://127.0.0.1:\($0.port)", "--proxy", "http://127.0.0.1:\($0.proxyPort)"]
            }
            #expect(outcome.end.exitCode == 0 && outcome.result.isConsistent, "\(outcome.end)")
            #expect(outcome.result.total.failures == 0 && outcome.result.total.requests > 50)
            // Each request is in the log twice: the proxy's and the target's.
            let whole = outcome.log.filter { $0.contains("\"GET http://127.0.0.1:") }
            #expect(whole.count == outcome.result.issued && outcome.log.count == 2 * outcome.result.issued)
        }
    }
}

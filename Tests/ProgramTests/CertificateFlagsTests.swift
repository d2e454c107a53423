import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `--cert`, `--key`, `--key-password`: a server that asks who is there, and mistakes.
    struct CertificateFlagsTests {
        private static let script = #"user "U" { wait = constant(0.05), task { "t", function(self) self.http:get("/") end } }"#

        /// A certificate that signed itself, its key, and the key encrypted with "pw".
        private static func makeCertificate(in folder: String) throws {
            for arguments in [
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
                ], ["ec", "-in", "\(folder)/key.pem", "-aes256", "-passout", "pass:pw", "-out", "\(folder)/locked.pem"],
            ] {
                let end = try RunningProgram(path: "/usr/bin/env", ["openssl"] + arguments).waitForEnd()
                if end.exitCode != 0 { throw RawConnectionError(what: "openssl: \(end.errors)") }
            }
        }

        /// Runs against `openssl s_server`, which refuses clients without a certificate that it trusts.
        private func run(_ flags: [String], environment: [String: String] = [:]) async throws -> RunningProgram.End {
            try await onOwnThread {
                let folder = try TestFolder()
                try Self.makeCertificate(in: folder.path)
                _ = try folder.file("s.lua", Self.script)
                let port = Loopback.freePort()
                let server = try RunningProgram(
                    path: "/usr/bin/env",
                    [
                        "openssl", "s_server", "-accept", "\(port)", "-cert", "\(folder.path)/cert.pem", "-key", "\(folder.path)/key.pem",
                        "-CAfile", "\(folder.path)/cert.pem", "-Verify", "1", "-verify_return_error", "-www",
                    ])
                defer { server.signal(SIGKILL) }
                #expect(server.writes("ACCEPT"), "\(server.errors)")
                return try CicadaCall.now(
                    [
                        "run", "s.lua", "--host", "https://127.0.0.1:\(port)", "--cacert", "cert.pem", "-t", "1s", "--exit-code-on-failure",
                        "9",
                    ]
                        + flags, in: folder.path, environment: environment)
            }
        }

        @Test func theCertificateIsShown() async throws {
            let shown = try await run(["--cert", "cert.pem", "--key", "key.pem"])
            #expect(shown.exitCode == 0, "\(shown)")
            let locked = try await run(["--cert", "cert.pem", "--key", "locked.pem"], environment: ["CICADA_KEY_PASSWORD": "pw"])
            #expect(locked.exitCode == 0 && !locked.output.contains("pw"), "\(locked)")
        }

        @Test func withoutItTheServerRefuses() async throws {
            let none = try await run([])
            #expect(none.exitCode == 9, "\(none)")
            let wrong = try await run(["--cert", "cert.pem", "--key", "locked.pem", "--key-password", "wrong"])
            #expect(wrong.exitCode == 9, "\(wrong)")
        }

        @Test(arguments: [
            (["--cert", "missing.pem"], "--cert is 'missing.pem'; it must be a readable PEM file"),
            (["--cert", "s.lua"], "--cert is 's.lua'; it must be a readable PEM file"),
            (["--key", "s.lua"], "--key is given without a certificate: give --cert too"),
            (["--key-password", "secret"], "--key-password is given without a certificate"),
        ]) func mistakesAreUsageErrors(flags: [String], words: String) async throws {
            let folder = try TestFolder()
            _ = try folder.file("s.lua", Self.script)
            let end = try await CicadaCall.run(["run", "s.lua", "--host", "http://127.0.0.1:9"] + flags, in: folder.path)
            #expect(end.exitCode == 2 && end.errors.contains(words) && !end.errors.contains("secret"), "\(end)")
        }
    }
}

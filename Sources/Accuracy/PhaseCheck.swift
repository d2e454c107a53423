import Foundation
import Glibc
import TestServers

/// One part of a request is made slow at a time: that phase has the time, and no other.
package enum PhaseCheck {
    private static let delay = 0.06
    private static let phases = ["lookup", "connect", "tls", "wait", "receive"]

    package static func rows(_ bench: Workbench) -> [AccuracyRow] {
        [
            ("slow lookup", slowLookup), ("slow connect", slowConnect), ("slow TLS handshake", slowHandshake),
            ("slow first byte", slowFirstByte), ("slow body", slowBody),
        ].flatMap { name, check in AccuracyRow.rows(of: name) { try check(bench) } }
    }

    /// A name server that is late, behind a resolv.conf of its own.
    private static func slowLookup(_ bench: Workbench) throws -> [AccuracyRow] {
        let settings = try bench.file("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n")
        let own = try RunningProgram.path(ofBuilt: "cicada-accuracy")
        // Every request asks for another name.
        let script = #"""
            user "U" { wait = constant(0.02), task { "t", function(self)
              self.n = (self.n or 0) + 1
              self.http:get("http://n" .. self.n .. ".test:8080/", { name = "slow" })
            end } }
            """#
        // A network and a view of the files of their own: port 53 is free there, and /etc/resolv.conf ours.
        let shell = """
            exec unshare --user --map-root-user --net --mount sh -c 'ip link set lo up && mount --bind "\(settings)" /etc/resolv.conf || exit 77
            "\(own)" serve --port 8080 --names-delay \(delay)s >/dev/null & server=$!
            sleep 0.3; "$0" "$@"; code=$?; kill $server; exit $code'
            """
        let call = try CicadaCall(bench, script: script, flags(host: "http://127.0.0.1:8080", seconds: 3), shell: shell)
        return try judge("slow lookup", phase: "lookup", call, expected: delay, bench)
    }

    /// The first SYN is dropped; the next one comes after a second.
    private static func slowConnect(_ bench: Workbench) throws -> [AccuracyRow] {
        let listener = try DeafListener()
        let control = try ScriptedServer { _ in
            do { try listener.beDeaf(nanoseconds: 500_000_000) } catch { return ScriptedServer.answer("", status: "500 \(error)") }
            return ScriptedServer.answer("ok")
        }
        defer { control.stop() }
        let script = #"""
            user "U" { task { "t", function(self)
              if self.http:get("\#(control.url)/", { name = "control" }).ok then
                self.http:get("http://127.0.0.1:\#(listener.port)/", { name = "slow" })
              end
            end } }
            """#
        let call = try CicadaCall(bench, script: script, flags(host: control.url, seconds: 4.5))
        // Linux begins at 1 s, and may be some milliseconds late.
        return try judge("slow connect: the first SYN is dropped", phase: "connect", call, expected: 1, above: 0.05, bench)
    }

    /// A relay holds the client's first bytes back.
    private static func slowHandshake(_ bench: Workbench) throws -> [AccuracyRow] {
        let (key, certificate) = (bench.path("key.pem"), bench.path("certificate.pem"))
        let made = try RunningProgram(
            path: "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-keyout", key, "-out", certificate,
            ]
        ).waitForEnd()
        if made.exitCode != 0 { throw AccuracyError("openssl: \(made.errors)") }
        let port = Loopback.freePort()
        let server = try RunningProgram(
            path: "/usr/bin/env", ["openssl", "s_server", "-accept", "\(port)", "-key", key, "-cert", certificate, "-www", "-quiet"])
        defer { server.signal(SIGTERM) }
        guard becomesTrue({ (try? Loopback.connect(port: port)).map { close($0) == 0 } ?? false }) else {
            throw AccuracyError("openssl s_server did not start: \(server.errors)")
        }
        let relay = try HandshakeRelay.start(to: port, holdingNanoseconds: Int64(delay * 1e9))
        let call = try CicadaCall(bench, script: requests, flags(host: "https://127.0.0.1:\(relay)", seconds: 3) + ["--insecure"])
        return try judge("slow TLS handshake", phase: "tls", call, expected: delay, bench)
    }

    private static func slowFirstByte(_ bench: Workbench) throws -> [AccuracyRow] {
        let server = try ServerProcess(["--latency", "\(delay)s"], bench)
        defer { server.program.signal(SIGTERM) }
        let call = try CicadaCall(bench, script: requests, flags(host: server.url, seconds: 3))
        return try judge("slow first byte", phase: "wait", call, expected: delay, bench)
    }

    private static func slowBody(_ bench: Workbench) throws -> [AccuracyRow] {
        let server = try ServerProcess(["--body-time", "\(delay)s"], bench)
        defer { server.program.signal(SIGTERM) }
        let call = try CicadaCall(bench, script: requests, flags(host: server.url, seconds: 3))
        return try judge("slow body", phase: "receive", call, expected: delay, bench)
    }

    private static let requests =
        #"user "U" { wait = constant(0.02), task { "t", function(self) self.http:get("/", { name = "slow" }) end } }"# + "\n"

    /// One user, a connection for each request.
    private static func flags(host: String, seconds: Double) -> [String] {
        ["--host", host, "--run-time", "\(Int(seconds * 1000))ms", "--connections", "new", "--stop-timeout", "3s"]
    }

    private static func judge(
        _ check: String, phase: String, _ call: CicadaCall, expected: Double, above: Double = 0.005, _ bench: Workbench
    ) throws -> [AccuracyRow] {
        let (_, result) = try call.finish(atMost: 30, exitCodes: [0, 98])
        guard let slow = result.requests.first(where: { $0.name == "slow" }), slow.requests >= 3 else {
            throw AccuracyError("\(check): there are no requests")
        }
        guard let measured = slow.seconds(atQuantile: 0.5, of: phase) else { throw AccuracyError("\(check): there is no phase \(phase)") }
        let others = phases.filter { $0 != phase }.compactMap { slow.seconds(atQuantile: 0.5, of: $0) }
        let wider = bench.choose(whole: 1.0, part: 5.0)
        return [
            // Phases are counted within 1 %; the server's own clock may be a few microseconds behind ours.
            .time(
                check, "\(phase), median", expected: expected, measured: measured, above: wider * above + expected / 100,
                below: expected / 100),
            .most(
                check, "the longest other phase, median", measured: others.max() ?? 0, bar: wider * (phase == "tls" ? 0.005 : 0.003),
                text: Figures.time),
            .count(check, "failures", expected: 0, measured: slow.failures),
        ]
    }
}

import Glibc
import HTTPTransport
import LoadModel
import TestServers
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: TLSServer.path != nil, "nginx is not installed"))
struct ConnectionProfileTests {
    private static func options(_ folder: CertificateFolder) throws -> TransportOptions {
        var options = TransportOptions()
        options.authorities = Authorities(try folder.bytes("authority.pem"))
        return options
    }

    @Test(arguments: ConnectionMode.allCases)
    func certificatesProveWhoAUserIs(mode: ConnectionMode) throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let unusable = "Client certificate unusable: it is no PEM, or its key or the key's password does not fit"
        let cases: [(profile: ConnectionProfile, answer: String)] = [
            (ConnectionProfile(), "400"), (try folder.client("anna"), "CN=anna"), (try folder.client("stranger"), "400"),
            (try folder.client("berta", key: "berta.key"), "CN=berta"),
            (try folder.client("anna", key: "anna.encrypted", password: "open sesame"), "CN=anna"),
            (try folder.client("anna", key: "anna.encrypted", password: "wrong"), unusable),
            (try folder.client("anna", key: "anna.encrypted"), unusable), (try folder.client("anna", key: "berta.key"), unusable),
            (ConnectionProfile(certificate: ClientCertificate(certificate: Array("no PEM".utf8))), unusable),
        ]
        let bench = try TransportBench(try Self.options(folder), profiles: cases.map(\.profile))
        func answer(_ slot: Int, item: Int = -1) throws -> String {
            let url = "https://127.0.0.1:\(server.provenPort)"
            try bench.submit(.get, "/", base: url, slot: slot, mode: mode, item: item, profile: slot)
            let result = try #require(bench.finish().first)
            return result.failure ?? (result.status == 200 ? String(result.body.split(separator: " ")[2]) : "\(result.status)")
        }
        // Users of all classes take turns, so that handles change profiles.
        for round in 0..<3 {
            let order = round == 1 ? Array(cases.indices.reversed()) : Array(cases.indices)
            for slot in order {
                #expect(try answer(slot, item: round == 2 ? 0 : -1) == cases[slot].answer, "class \(slot), round \(round)")
            }
        }
        for slot in cases.indices { bench.transport.forget(slot: slot) }
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
    }

    @Test func saysWhatTheServerFoundWrong() throws {
        let folder = try CertificateFolder()
        for (version, words) in [
            ("-tls1_3", "Could not receive: tlsv13 alert certificate required"),
            ("-tls1_2", "TLS handshake failed: sslv3 alert handshake failure"),
        ] {
            let port = Loopback.freePort()
            let files = [
                "-CAfile", "\(folder.path)/authority.pem", "-cert", "\(folder.path)/server.pem", "-key", "\(folder.path)/server.key",
            ]
            let server = try RunningProgram(
                path: "/usr/bin/env", ["openssl", "s_server", "-accept", "\(port)", "-Verify", "1", "-www", version] + files)
            defer { server.signal(SIGTERM) }
            #expect(server.writes("ACCEPT"))
            let bench = try TransportBench(try Self.options(folder), profiles: [ConnectionProfile(), try folder.client("anna")])
            try bench.submit(.get, "/", base: "https://localhost:\(port)")
            #expect(bench.finish().first?.failure == words)
            try bench.submit(.get, "/", base: "https://localhost:\(port)", profile: 1)
            #expect(bench.finish().first?.status == 200)
        }
        let bench = try TransportBench()
        let server = try TLSServer(folder)
        try bench.submit(.get, "/", base: "https://localhost:\(server.port)")
        #expect(bench.finish().first?.failure == "TLS certificate not trusted")
        withExtendedLifetime(server) {}
    }

    @Test func aSlotForgetsTheCertificateOfItsLastUser() throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let bench = try TransportBench(try Self.options(folder), profiles: [try folder.client("anna"), try folder.client("berta")])
        for profile in [0, 1, 0] {
            for _ in 0..<2 {
                try bench.submit(.get, "/", base: "https://127.0.0.1:\(server.provenPort)", profile: profile)
                #expect(bench.finish().first?.body.hasSuffix(profile == 0 ? "CN=anna" : "CN=berta") == true)
            }
            bench.transport.forget(slot: 0)
        }
    }

    @Test func whatAClassLeavesOpenIsTakenFromTheOptions() throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let proxy = try TunnelProxy()
        defer { proxy.stop() }
        var options = try Self.options(folder)
        options.certificate = try folder.client("anna").certificate
        options.proxy = proxy.url
        let bench = try TransportBench(options, profiles: [ConnectionProfile(), try folder.client("berta")])
        for (profile, name) in [(0, "CN=anna"), (1, "CN=berta"), (7, "CN=anna")] {
            try bench.submit(.get, "/", base: "https://localhost:\(server.provenPort)", slot: profile, profile: profile)
            #expect(bench.finish().first?.body.hasSuffix(name) == true)
        }
        #expect(proxy.requested == Array(repeating: "CONNECT localhost:\(server.provenPort) HTTP/1.1", count: 3))
    }

    @Test(arguments: ConnectionMode.allCases)
    func eachClassHasItsProxy(mode: ConnectionMode) throws {
        let target = try ScriptedServer { _ in ScriptedServer.answer("direct") }
        let (first, second) = (try TunnelProxy(), try TunnelProxy())
        defer {
            target.stop()
            first.stop()
            second.stop()
        }
        let named = ConnectionProfile(proxy: "http://localhost:\(second.port)")
        let bench = try TransportBench(profiles: [ConnectionProfile(), ConnectionProfile(proxy: first.url), named])
        for round in 0..<3 {
            for slot in 0..<3 {
                // A name that only the proxy could know.
                let url = slot == 0 ? target.url : "http://shop.invalid:81"
                try bench.submit(.get, "/\(round)", base: url, slot: slot, mode: mode, profile: slot)
                let result = try #require(bench.finish().first)
                #expect(result.body == (slot == 0 ? "direct" : "GET http://shop.invalid:81/\(round) HTTP/1.1") && result.failure == nil)
            }
        }
        #expect(target.requests.count == 3 && first.requested.count == 3 && second.requested.count == 3)
    }

    @Test func theTunnelIsPartOfTheTLSPhase() throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let proxy = try TunnelProxy(pauseMilliseconds: 120)
        defer { proxy.stop() }
        let bench = try TransportBench(try Self.options(folder), profiles: [ConnectionProfile(proxy: proxy.url)])
        for round in 0..<2 {
            try bench.submit(.get, "/", base: "https://localhost:\(server.port)")
            let result = try #require(bench.finish().first)
            #expect(result.status == 200 && result.headers.hasPrefix("HTTP/2 200") && !result.headers.contains("X-Proxy"))
            #expect(result.phases.waitMicroseconds >= 0 && result.phases.waitMicroseconds < 100_000)
            if round == 0 {
                #expect(result.phases.connectMicroseconds >= 0 && result.phases.connectMicroseconds < 100_000)
                #expect(result.phases.tlsMicroseconds >= 119_000)
            } else {
                #expect(result.phases.connectMicroseconds == PhaseTimes.absent && result.phases.tlsMicroseconds == PhaseTimes.absent)
            }
        }
        try bench.submit(.get, "/", base: "https://refused.example")
        #expect(bench.finish().first?.failure == "Proxy refused the tunnel with status 407")
    }

    @Test(arguments: ConnectionMode.allCases)
    func redirectsLeadToTLS(mode: ConnectionMode) throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let (plain, target) = (try ScriptedServer.redirect(to: "https://localhost:\(server.port)/moved"), server.port)
        defer { plain.stop() }
        let bench = try TransportBench(try Self.options(folder))
        for round in 0..<3 {
            try bench.submit(.get, "/", base: plain.url, mode: mode)
            let result = try #require(bench.finish().first)
            #expect(result.status == 200 && result.finalURL == "https://localhost:\(target)/here" && result.headers.hasPrefix("HTTP/2 200"))
            try #require(result.earlierHops.count == 2)
            #expect(result.earlierHops[0].tlsMicroseconds == PhaseTimes.absent)
            #expect((result.earlierHops[1].tlsMicroseconds > 0) == (round == 0 || mode == .new))
            #expect((result.phases.tlsMicroseconds > 0) == (mode == .new))
        }
        bench.transport.forget(slot: 0)
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
    }

    @Test(arguments: [ConnectionMode.user, .shared])
    func batchesShareAConnectionThatCarriesMany(mode: ConnectionMode) throws {
        let folder = try CertificateFolder()
        let server = try TLSServer(folder)
        let bench = try TransportBench(try Self.options(folder))
        for _ in 0..<3 {
            for item in 0..<20 { try bench.submit(.get, "/", base: "https://127.0.0.1:\(server.port)", mode: mode, item: item) }
            let results = bench.finish(20)
            #expect(results.count == 20 && results.allSatisfy { $0.status == 200 && $0.body.contains("HTTP/2") })
            #expect(Set(results.map(\.body)).count == 1)
            #expect(bench.transport.openConnections == 1 && bench.transport.committedConnections == 1)
        }
        // HTTP/1.1 over TLS: one connection each.
        for item in 0..<5 { try bench.submit(.get, "/", base: "https://127.0.0.1:\(server.provenPort)", mode: mode, item: item) }
        #expect(bench.finish(5).filter { $0.status == 400 }.count == 5)
        bench.transport.forget(slot: 0)
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0)
    }
}

extension ScriptedServer {
    /// A server that sends everybody elsewhere.
    fileprivate static func redirect(to url: String) throws -> ScriptedServer {
        try ScriptedServer { _ in answer("", status: "302 Found", headers: ["Location: \(url)"]) }
    }
}

import Foundation
import HTTPTransport
import TestServers
import Testing

struct SourceAddressTests {
    @Test func connectionsComeFromTheAddress() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("here") }
        defer { server.stop() }
        var options = TransportOptions()
        options.sourceAddress = "127.0.0.77"
        let bench = try TransportBench(options)
        try bench.submit(.get, "/", base: server.url)
        #expect(bench.finish().first?.status == 200)
        // Local and remote address of each connection of this machine, in hexadecimal, their bytes as they lie in memory.
        let table = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
        let port = String(format: "%04X", server.port)
        #expect(table.split(separator: "\n").contains { $0.contains(" 4D00007F:") && $0.contains(" 0100007F:\(port) ") })
    }

    @Test func whatIsNoAddressOfThisMachineIsToldApart() {
        #expect(SourceAddress.problem("127.0.0.77") == nil && SourceAddress.problem("0.0.0.0") == nil)
        #expect(SourceAddress.problem("localhost") == "it is no IP address")
        #expect(SourceAddress.problem("192.0.2.1") == "it is no address of this machine")
    }
}

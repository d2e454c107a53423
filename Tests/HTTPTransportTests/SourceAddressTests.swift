import Foundation
import HTTPTransport
import TestServers
import Testing

struct SourceAddressTests {
    @Test func connectionsComeFromTheAddressesInTurns() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("here") }
        defer { server.stop() }
        var options = TransportOptions()
        // What is of another family is left out.
        options.sourceAddresses = try ["127.0.0.77", "::1", "127.0.0.78"].map { try SourceAddress($0) }
        let bench = try TransportBench(options)
        for slot in 0..<3 {
            try bench.submit(.get, "/", base: server.url, slot: slot)
            #expect(bench.finish().first?.status == 200)
        }
        #expect(Set(server.peers) == ["127.0.0.77", "127.0.0.78"])
    }

    @Test func whatIsNoAddressOfThisMachineIsToldApart() {
        for (text, words) in [("localhost", "it is no IP address"), ("192.0.2.1", "it is no address of this machine")] {
            #expect(throws: (any Error).self) { try SourceAddress(text) }
            do { _ = try SourceAddress(text) } catch { #expect("\(error)" == words) }
        }
    }

    @Test func withoutAnAddressOfItsFamilyThereIsNoConnection() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("here") }
        defer { server.stop() }
        var options = TransportOptions()
        options.sourceAddresses = [try SourceAddress("::1")]
        let bench = try TransportBench(options)
        try bench.submit(.get, "/", base: server.url)
        #expect(bench.finish().first?.failure?.contains("Address family not supported") == true)
    }
}

import Testing

@testable import ZeroMQ

struct TCPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "tcp://127.0.0.1:5557"), ("::1", "tcp://[::1]:5557"), ("[::1]", "tcp://[::1]:5557"), ("master", "tcp://master:5557"),
        ("cicada-master.load.svc.cluster.local", "tcp://cicada-master.load.svc.cluster.local:5557"), ("*", "tcp://*:5557"),
    ]) func hostsAreWrittenAsLibzmqWantsThem(host: String, endpoint: String) throws {
        #expect(try TCPAddress(host: host, port: 5557).endpoint == endpoint)
    }

    @Test(arguments: ["", " ", "tcp://x", "x/y", "a;b", "a b", "x\0y", "[]", "é", String(repeating: "x", count: 300)])
    func whatIsNoHostIsRefused(host: String) {
        #expect(throws: LinkError.self) { try TCPAddress(host: host, port: 5557) }
    }

    @Test(arguments: [-1, 65536, Int.max]) func whatIsNoPortIsRefused(port: Int) {
        #expect(throws: LinkError.self) { try TCPAddress(host: "x", port: port) }
    }
}

import Testing

@testable import Cluster

struct LocalPortsTests {
    private static func count(_ range: String?, reserved: String? = nil) -> Int? {
        LocalPorts.count { path in
            path.hasSuffix("ip_local_port_range") ? range : path.hasSuffix("ip_local_reserved_ports") ? reserved : nil
        }
    }

    @Test func theSystemsRangeIsCounted() {
        #expect(Self.count("32768\t60999\n") == 28_232)
        #expect(Self.count("1024 65535\n", reserved: "\n") == 64_512)
    }

    @Test func reservedPortsAreLeftOut() {
        #expect(Self.count("1000 1999", reserved: "80,1000-1009,1500,1990-2010,5000") == 1000 - 10 - 1 - 10)
    }

    @Test(arguments: [nil, "", "5", "60000 100", "1 70000", "a b"]) func whatIsNoRangeIsNotBelieved(text: String?) {
        #expect(Self.count(text) == nil)
    }
}

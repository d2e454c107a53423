import Testing

@testable import Wire

struct MessagePackTests {
    private func bytes(_ write: (inout MessagePackWriter) -> Void) -> [UInt8] {
        var writer = MessagePackWriter()
        write(&writer)
        return writer.bytes
    }

    /// Hex digits, with or without spaces.
    private func hex(_ text: String) -> [UInt8] {
        let digits = Array(text.filter { $0 != " " })
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    @Test func valuesHaveTheirShortestForm() {
        #expect(bytes { $0.integer(5) } == hex("05"))
        #expect(bytes { $0.integer(-1) } == hex("ff"))
        #expect(bytes { $0.integer(200) } == hex("cc c8"))
        #expect(bytes { $0.integer(UInt64.max) } == hex("cf ffffffffffffffff"))
        #expect(bytes { $0.double(12.5) } == hex("cb 4029000000000000"))
        #expect(bytes { $0.string("né") } == hex("a3 6ec3a9"))
        #expect(bytes { $0.binary([1, 2]) } == hex("c4 02 0102"))
        #expect(bytes { $0.binary([]) } == hex("c4 00"))
        #expect(bytes { $0.bool(true) } == hex("c3"))
        #expect(bytes { $0.null() } == hex("c0"))
        #expect(bytes { $0.string("né", atMost: 2) } == hex("a1 6e"))
    }

    @Test func aPlanLikeMapIsReadByKey() throws {
        let plan = bytes {
            $0.map(5)
            $0.pair("script", "print(1)")
            $0.pair("rate", 2.5)
            $0.pair("cap", nil as Int64?)
            $0.pair("body", binary: [0, 255])
            $0.string("classes")
            $0.array(2)
            $0.string("A")
            $0.string("B")
        }
        try MessagePackReader.read(plan) { root throws(WireError) in
            let map = try root.map()
            #expect(try map.required("script").string(atMost: 100) == "print(1)")
            #expect(try map.required("rate").double(in: 0...10) == 2.5)
            #expect(try map.optional("cap") == nil)
            #expect(try map.optional("absent") == nil)
            #expect(try map.required("cap").isNull)
            #expect(try Array(map.required("body").binary(atMost: 2)) == [0, 255])
            #expect(
                try map.required("classes").array(atMost: 9).map { value throws(WireError) in try value.string(atMost: 9) } == ["A", "B"])
        }
    }

    @Test func errorsSayWhereAndWhat() {
        let message = bytes {
            $0.map(2)
            $0.string("a")
            $0.array(2)
            $0.integer(1)
            $0.map(1)
            $0.pair("b", "text")
            $0.integer(7)
            $0.null()
        }
        func complaint(_ body: @escaping (MessagePackMap) throws(WireError) -> Void) -> String? {
            do throws(WireError) {
                try MessagePackReader.read(message) { root throws(WireError) in try body(root.map()) }
                return nil
            } catch { return error.description }
        }
        #expect(complaint { map throws(WireError) in _ = try map.required("c") } == "c is missing")
        #expect(complaint { map throws(WireError) in _ = try map.required("a").bool() } == "a is an array instead of true or false")
        #expect(complaint { map throws(WireError) in _ = try map.required("a").array(atMost: 1) } == "a has more than 1 values")
        #expect(
            complaint { map throws(WireError) in _ = try map.required("a").array(of: 2)[0].integer(in: 2...3) } == "a[0] is not from 2 to 3"
        )
        #expect(
            complaint { map throws(WireError) in _ = try map.required("a").array(of: 2)[1].map().required("b").string(atMost: 3) }
                == "a[1].b is longer than 3 bytes")
        #expect(
            complaint { map throws(WireError) in _ = try map.required("a").array(of: 2)[1].map().required("x") } == "a[1].x is missing")
    }

    @Test func numbersAreTakenOnlyWithinTheirRange() throws {
        func integer(_ bytes: [UInt8]) -> Int64? {
            try? MessagePackReader.read(bytes) { root throws(WireError) in try root.integer(in: Int64.min...Int64.max) }
        }
        func double(_ bytes: [UInt8]) -> Double? {
            try? MessagePackReader.read(bytes) { root throws(WireError) in try root.double(in: -1...1e6) }
        }
        #expect(integer(hex("cf 7fffffffffffffff")) == .max)
        #expect(integer(hex("cf 8000000000000000")) == nil)
        #expect(integer(hex("d3 8000000000000000")) == .min)
        #expect(integer(hex("cb 3ff0000000000000")) == nil)
        #expect(double(hex("05")) == 5)
        #expect(double(hex("ca 3f800000")) == 1)
        #expect(double(hex("cb 7ff8000000000000")) == nil)
        #expect(double(hex("cb 7ff0000000000000")) == nil)
        #expect(double(hex("ff")) == -1)
        #expect(double(hex("d0 fe")) == nil)
    }

    /// Bytes of a Locust 2.47 master and worker: their form is ours, and an error names the first key that they lack.
    @Test func locustsMessagesHaveTheSameForm() throws {
        let id = "d9 23 766d5f65396661653637643461336134376435626362313361333134303632643132 31"
        let ack = hex("93 a3 61636b 81 a5 696e646578 00" + id)
        let heartbeat = hex(
            "93 a9 686561727462656174 83 a5 7374617465 a5 7265616479 b1 63757272656e745f6370755f7573616765 cb 4029000000000000"
                + "b4 63757272656e745f6d656d6f72795f7573616765 ce 03200000" + id)
        #expect(throws: WireError(.missing, at: "data.version", "is missing")) { try MasterMessage.decode(ack) }
        #expect(throws: WireError(.missing, at: "data.users", "is missing")) { try WorkerMessage.decode(heartbeat) }
        try MessagePackReader.read(heartbeat) { root throws(WireError) in
            let parts = try root.array(of: 3)
            #expect(try parts[2].string(atMost: 255) == SampleMessages.nodeID)
            #expect(try parts[1].map().required("current_memory_usage").integer(in: WireBounds.large) == 52_428_800)
        }
        // Ours has more keys, the first three of them Locust's, byte for byte.
        let ours = WorkerMessage.heartbeat(SampleMessages.heartbeat).encoded(nodeID: SampleMessages.nodeID)
        let ownHead = heartbeat.count - 37
        #expect(ours[..<11] == heartbeat[..<11])
        // Ours is a map of more than 15 pairs: its length takes two bytes more.
        #expect(ours[14..<(ownHead + 2)] == heartbeat[12..<ownHead])
        let ready = hex("93 ac 636c69656e745f7265616479 a6 322e34372e30" + id)
        #expect(throws: WireError(.wrongType, at: "data", "is a string instead of a map")) { try WorkerMessage.decode(ready) }
    }
}

import LoadModel
import Testing

@testable import Statistics

extension IntervalRecorder {
    /// The number of a request, from a `String`.
    func request(_ name: String, method: HTTPMethod = .get) -> RequestID {
        var name = name
        return name.withUTF8 { request(method: method, name: UnsafeRawBufferPointer($0)) }
    }

    /// Counts a request of one time.
    func record(_ request: RequestID, nanoseconds: Int64, failure: FailureID = .none) {
        record(RequestSample(request: request, serviceTimeNanoseconds: nanoseconds, responseTimeNanoseconds: nanoseconds, failure: failure))
    }
}

@Suite struct IntervalRecorderTests {
    @Test func sameNameHasSameNumberPerMethod() {
        let recorder = IntervalRecorder()
        let names = (0..<300).map { "/item/\($0)" }
        let numbers = names.map { recorder.request($0) }
        #expect(Set(numbers).count == 300)
        #expect(names.map { recorder.request($0) } == numbers)
        #expect(recorder.request("/item/7", method: .post) != numbers[7])
        #expect(recorder.request("") == recorder.request(""))
    }

    @Test func snapshotHoldsWhatWasRecordedAndEmptiesTheRecorder() {
        let recorder = IntervalRecorder()
        let b = recorder.request("/b")
        let a = recorder.request("/a", method: .post)
        var phases = PhaseTimes()
        phases.waitMicroseconds = 250
        recorder.countIssued()
        recorder.countIssued()
        recorder.record(
            RequestSample(
                request: b, serviceTimeNanoseconds: 2_000_000, responseTimeNanoseconds: 5_000_000, phases: phases, receivedBytes: 10,
                failure: recorder.failure(of: b, reason: "HTTP 500"), status: 500))
        recorder.record(RequestSample(request: a, serviceTimeNanoseconds: 400, responseTimeNanoseconds: 400, status: 200))
        recorder.countInterrupted(a)
        recorder.countConnectionsOpened(3)
        recorder.record(exception: ScriptException(place: "x.lua:3", message: "m"), userClass: "U")
        let snapshot = recorder.takeSnapshot()

        #expect(snapshot.isWellFormed)
        #expect(snapshot.issued == 2 && snapshot.connectionsOpened == 3)
        #expect(snapshot.requests.map(\.key) == [RequestKey(method: .post, name: "/a"), RequestKey(method: .get, name: "/b")])
        #expect(snapshot.requests[0].interrupted == 1 && snapshot.requests[0].requests == 1)
        #expect(snapshot.requests[0].responseTime.minNanoseconds == 400)
        #expect(snapshot.requests[1].failures == 1 && snapshot.requests[1].receivedBytes == 10)
        #expect(
            snapshot.cells == [
                HistogramCell(request: 0, series: .onTime, bucket: 0, count: 1),
                HistogramCell(request: 0, series: .status, bucket: 200, count: 1),
                HistogramCell(request: 1, series: .response, bucket: TimeBuckets.threeDigits.index(ofMicroseconds: 5000), count: 1),
                HistogramCell(request: 1, series: .service, bucket: 2000, count: 1),
                HistogramCell(request: 1, series: .wait, bucket: 250, count: 1),
                HistogramCell(request: 1, series: .status, bucket: 500, count: 1),
                HistogramCell(
                    request: 1, series: .delay, bucket: TimeBuckets.twoDigits.index(ofMicroseconds: 3000), count: 1),
            ])
        #expect(snapshot.failures.map(\.key.reason) == ["HTTP 500"])
        #expect(snapshot.exceptions.map(\.count) == [1])
        #expect(recorder.takeSnapshot() == IntervalSnapshot())
        #expect(recorder.issued == 2)
    }

    @Test func oneNameInTwoSpellingsIsOneRequest() {
        let recorder = IntervalRecorder()
        for name in ["/caf\u{E9}", "/cafe\u{301}"] {
            let request = recorder.request(name)
            recorder.record(request, nanoseconds: 1000, failure: recorder.failure(of: request, reason: name))
        }
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.requests.map(\.requests) == [2])
        #expect(snapshot.failures.map(\.count) == [2])
        #expect(snapshot.isWellFormed)
        var folded = snapshot
        folded.fold(snapshot)
        #expect(folded.failures.map(\.count) == [4])
    }

    @Test func namesReasonsAndPlacesAreBounded() {
        var limits = StatisticsLimits()
        limits.requests = 10
        limits.failures = 5
        limits.exceptions = 3
        let recorder = IntervalRecorder(limits: limits)
        for i in 0..<100 {
            let request = recorder.request("/\(i)")
            recorder.record(request, nanoseconds: 1000, failure: recorder.failure(of: request, reason: "r\(i)"))
            recorder.record(exception: ScriptException(place: "p\(i)", message: ""), userClass: "U")
        }
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.requests.count == 11)
        #expect(snapshot.requests.first { $0.key.name == "(other)" }?.requests == 90)
        #expect(snapshot.requests.reduce(0) { $0 + $1.requests } == 100)
        #expect(snapshot.failures.reduce(0) { $0 + $1.count } == 100)
        #expect(snapshot.failures.count <= 5 + 11)
        #expect(snapshot.exceptions.map(\.example.place) == ["(other)", "p0", "p1", "p2"])
        #expect(snapshot.exceptions[0].count == 97)
        #expect(snapshot.examples.request == "GET /10" && snapshot.examples.exception == "p10")
        #expect(snapshot.isWellFormed)
    }

    @Test func badBytesAndLongNamesAreRepaired() {
        let recorder = IntervalRecorder()
        let bad: [UInt8] = [0x2F, 0xFF, 0xFE]
        let request = bad.withUnsafeBytes { recorder.request(method: .get, name: $0) }
        #expect(request == recorder.request("/\u{FFFD}\u{FFFD}"))
        let long = recorder.request(String(repeating: "é", count: 400))
        #expect(long == recorder.request(String(repeating: "é", count: 256)))
        recorder.record(request, nanoseconds: 1)
        recorder.record(long, nanoseconds: 1)
        #expect(recorder.takeSnapshot().isWellFormed)
    }

    @Test func tableGrowsAndShrinksWithWhatIsTouched() {
        var table = CountTable()
        for key in 0..<100_000 as Range<UInt32> { for _ in 0..<Int(key % 3) + 1 { table.increment(key << 7 | key >> 25) } }
        #expect(table.count == 100_000)
        var sum: UInt64 = 0
        table.drain { sum += $0 & 0xFFFF_FFFF }
        #expect(sum == 199_999)
        let grown = table.capacityBytes
        for _ in 0..<20 {
            table.increment(5)
            table.drain { #expect($0 == 5 << 32 | 1) }
        }
        #expect(table.capacityBytes < grown / 100)
    }

    @Test func radixSortSortsByKey() {
        var random = SeededGenerator(seed: 3)
        for count in [0, 1, 63, 64, 5000] {
            var values = (0..<count).map { _ in UInt64.random(in: 0 ... .max, using: &random) }
            let expected = values.map { $0 >> 32 }.sorted()
            values.sortByUpperHalf()
            #expect(values.map { $0 >> 32 } == expected)
        }
    }
}

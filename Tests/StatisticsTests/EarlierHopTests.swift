import LoadModel
import Statistics
import Testing

struct EarlierHopTests {
    @Test func phasesOfEarlierHopsAreCountedBesideThoseOfTheLast() {
        let recorder = IntervalRecorder()
        let request = "/a".utf8.withContiguousStorageIfAvailable { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        guard let request else { return #expect(Bool(false), "no request") }
        var hop = PhaseTimes()
        hop.connectMicroseconds = 7
        hop.waitMicroseconds = 40
        recorder.record(earlierHop: hop, of: request)
        recorder.record(earlierHop: hop, of: request)
        var last = PhaseTimes()
        last.waitMicroseconds = 90
        last.receiveMicroseconds = 1
        recorder.record(
            RequestSample(request: request, serviceTimeNanoseconds: 200_000, responseTimeNanoseconds: 200_000, phases: last, status: 200))
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.isWellFormed)
        var result = RunResult()
        result.merge(snapshot, fromWorker: "test", second: 0)
        let phases = result.total().phases
        #expect(phases[.wait]?.count == 3 && phases[.connect]?.count == 2 && phases[.receive]?.count == 1)
        #expect(result.total().requests == 1 && result.total().statuses == [200: 1])
    }
}

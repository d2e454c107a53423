import LoadModel
import Statistics
import Testing

/// Times by the numbers of Locust's keys.
struct LocustGridTests {
    /// Every number has its own key, and the key of a number falls on this number again, to the greatest.
    @Test func numbersAndKeysAreOneToOne() {
        for number in 0...LocustTime.largestNumber {
            let key = LocustTime.key(ofNumber: number)
            #expect(LocustTime.number(ofNanoseconds: key * 1_000_000) == number, "\(number): \(key) ms")
            #expect(number == 0 || LocustTime.key(ofNumber: number - 1) < key, "\(number): \(key) ms")
        }
    }

    /// Halves and their neighbours, on all four grids, and times that are anything.
    @Test func timesFallOnTheirKeys() {
        var times: [Int64] = [-5, 0, 1]
        for number in 0..<1000 {
            let key = LocustTime.key(ofNumber: number) * 1_000_000
            let half = (LocustTime.key(ofNumber: number + 1) * 1_000_000 - key) / 2
            times += [key - 1, key, key + 1, key + half - 1, key + half, key + half + 1]
        }
        var generator = SplitMix64(seed: 7)
        for _ in 0..<100_000 {
            times.append(Int64(generator.next() % (1 << (10 + generator.next() % 34))))
        }
        for time in times {
            let key = LocustTime.key(ofNumber: LocustTime.number(ofNanoseconds: time))
            #expect(key == LocustTime.key(ofMilliseconds: Double(time) / 1e6), "\(time) ns")
        }
    }

    /// Longer than six hours is six hours; nothing is lost or breaks.
    @Test func whatIsLongerIsCountedAtTheEnd() {
        #expect(LocustTime.number(ofNanoseconds: .max) == LocustTime.largestNumber)
        let recorder = IntervalRecorder(isOnLocustGrid: true)
        var name = "/"
        let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
        recorder.record(RequestSample(request: request, serviceTimeNanoseconds: 5, responseTimeNanoseconds: .max))
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.cells.map(\.bucket) == [LocustTime.largestNumber] && snapshot.cells[0].series == .response)
        #expect(snapshot.requests[0].responseTime.maxNanoseconds == .max)
    }

    /// Beside the one series of times there is none; figures are exact.
    @Test func aRecorderOnTheGridCountsOneCellASample() {
        let recorder = IntervalRecorder(isOnLocustGrid: true)
        var name = "/"
        let request = name.withUTF8 { recorder.request(method: .post, name: UnsafeRawBufferPointer($0)) }
        for time in [Int64(147_300_001), 152_000_000, 1_500_000, 2_400_000] {
            var phases = PhaseTimes()
            phases.waitMicroseconds = 1
            recorder.record(
                RequestSample(
                    request: request, serviceTimeNanoseconds: time - 1, responseTimeNanoseconds: time, phases: phases, status: 200))
            recorder.record(earlierHop: phases, of: request)
        }
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.cells.map { [Int64($0.count), LocustTime.key(ofNumber: $0.bucket)] } == [[2, 2], [2, 150]])
        #expect(snapshot.cells.allSatisfy { $0.series == .response })
        #expect(snapshot.requests[0].requests == 4 && snapshot.requests[0].responseTime.sumNanoseconds == 303_200_001)
    }
}

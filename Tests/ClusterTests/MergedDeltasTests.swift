import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

/// What 64 workers measured is, once a master has taken it in, bit for bit one histogram of all samples.
struct MergedDeltasTests {
    private struct Expected {
        var response = TimeHistogram(.threeDigits)
        var service = TimeHistogram(.threeDigits)
        var responseExtent = TimeExtent()
        var iterations = TimeHistogram(.threeDigits)
        var count: Int64 = 0
    }

    private static let userClasses = [UserClass(name: "A", tasks: [ScenarioTask(name: "t")])]

    /// Deltas of one worker as they travel; each sample stands in `expected` at once.
    private func deltas(worker: Int, into expected: inout Expected, using random: inout SplitMix64) -> [[UInt8]] {
        let recorder = IntervalRecorder(userClasses: Self.userClasses)
        var messages: [[UInt8]] = []
        for number in 1...4 {
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let service = Int64.random(in: 1...1 << 36, using: &random) >> Int64.random(in: 0...30, using: &random)
                let response = service + (Bool.random(using: &random) ? 0 : Int64.random(in: 0...1 << 31, using: &random))
                let name = Int.random(in: 0..<3, using: &random)
                var path = "/\(name)"
                let request = path.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
                recorder.countIssued()
                recorder.record(
                    RequestSample(request: request, serviceTimeNanoseconds: service, responseTimeNanoseconds: response, status: 200))
                let iteration = recorder.iteration(userClass: 0, task: 0)
                recorder.record(iteration: iteration, responseNanoseconds: response, durationNanoseconds: service, failed: false)
                expected.count += 1
                expected.response.add(microseconds: TimeBuckets.microseconds(ofNanoseconds: response))
                expected.service.add(microseconds: TimeBuckets.microseconds(ofNanoseconds: service))
                expected.iterations.add(microseconds: TimeBuckets.microseconds(ofNanoseconds: response))
                expected.responseExtent.add(response)
            }
            let delta = WorkerDelta(
                number: number, run: 5, snapshot: recorder.takeSnapshot(), users: 1, openConnections: 1, lagNanoseconds: 0)
            messages.append(WorkerMessage.delta(delta).encoded(nodeID: "w\(worker)"))
        }
        return messages
    }

    /// Each worker's deltas in their order, as its connection keeps it, but resent from any earlier one on; workers in any order among each other.
    @Test(arguments: 0..<4 as Range<UInt64>) func anyOrderWithDuplicatesIsOneHistogram(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var expected = Expected()
        var queues: [[[UInt8]]] = []
        for worker in 0..<64 {
            let deltas = deltas(worker: worker, into: &expected, using: &random)
            var queue: [[UInt8]] = []
            for last in deltas.indices {
                queue += deltas[Int.random(in: 0...last, using: &random)...last]
                if Bool.random(using: &random) { queue.append(deltas[Int.random(in: 0...last, using: &random)]) }
            }
            queues.append(queue)
        }
        var master = try MasterHarness(users: 64, workers: 64)
        for worker in 0..<64 { master.join("w\(worker)") }
        while let worker = queues.indices.filter({ !queues[$0].isEmpty }).randomElement(using: &random) {
            let (message, name) = try WorkerMessage.decode(queues[worker].removeFirst())
            master.tell(name, message)
        }
        let result = master.state.result
        let total = result.total()
        #expect(total.requests == expected.count && expected.count > 5000)
        #expect(total.responseTime.histogram == expected.response)
        #expect(total.serviceTime.histogram == expected.service)
        #expect(total.responseTime.extent == expected.responseExtent)
        #expect(result.iterationTotal.responseTime.histogram == expected.iterations)
        #expect(result.delay.count == expected.count)
        #expect(result.workers.count == 64 && result.workers.allSatisfy { $0.unaccounted == 0 })
    }
}

import LoadModel
import Testing

@testable import Statistics

struct IterationTests {
    private static let classes = [
        UserClass(name: "Buyer", tasks: [ScenarioTask(name: "browse"), ScenarioTask(name: "pay")]),
        UserClass(name: "Admin", tasks: [ScenarioTask(name: "browse")]),
    ]

    private func merged(_ snapshots: IntervalSnapshot...) -> RunResult {
        var result = RunResult()
        for snapshot in snapshots { result.merge(snapshot, fromWorker: "w", second: 0) }
        return result
    }

    @Test func eachTaskOfEachClassHasItsFigures() {
        let recorder = IntervalRecorder(userClasses: Self.classes)
        func record(_ userClass: Int, _ task: Int, response: Int64, duration: Int64, failed: Bool = false) {
            let iteration = recorder.iteration(userClass: userClass, task: task)
            recorder.record(iteration: iteration, responseNanoseconds: response, durationNanoseconds: duration, failed: failed)
        }
        record(0, 1, response: 1_400_000_000, duration: 2_000_000)
        record(0, 1, response: 2_000_000, duration: 2_000_000, failed: true)
        record(1, 0, response: 7_000, duration: 7_000)
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.isWellFormed && !snapshot.isEmpty && snapshot.requests.isEmpty)
        #expect(
            snapshot.iterations.map(\.key) == [
                IterationKey(userClass: "Admin", task: "browse"), IterationKey(userClass: "Buyer", task: "pay"),
            ])
        #expect(snapshot.iterations[1].cells.map(\.series) == [.onTime, .response, .service])
        #expect(recorder.takeSnapshot() == IntervalSnapshot())

        let result = merged(snapshot, snapshot)
        let pay = result.iterations[1]
        #expect(pay.count == 4 && pay.failed == 2)
        #expect(pay.responseTime.nanoseconds(atPercentiles: [50, 100]) == [2_000_000, 1_400_000_000])
        #expect(pay.duration.nanoseconds(atPercentiles: [50, 100]) == [2_000_000, 2_000_000])
        #expect(pay.averageDelayNanoseconds == 699_000_000)
        #expect(result.iterationTotal.count == 6 && result.iterationTotal.duration.count == 6)
        #expect(result.requests.isEmpty && result.total().requests == 0)
    }

    @Test func tasksOverTheLimitAreOne() {
        var limits = StatisticsLimits()
        limits.iterations = 2
        let tasks = (0..<5).map { ScenarioTask(name: "t\($0)") }
        let recorder = IntervalRecorder(limits: limits, userClasses: [UserClass(name: "A", tasks: tasks)])
        for task in 0..<5 {
            let iteration = recorder.iteration(userClass: 0, task: task)
            recorder.record(iteration: iteration, responseNanoseconds: 1000, durationNanoseconds: 1000, failed: false)
        }
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.iterations.map(\.key.task) == ["(other)", "t0", "t1"])
        #expect(snapshot.iterations.map(\.count) == [3, 1, 1])

        var other = IntervalRecorder(userClasses: Self.classes).takeSnapshot()
        other.iterations = [IterationInterval(key: IterationKey(userClass: "Z", task: "z"))]
        other.iterations[0].count = 4
        var folded = snapshot
        folded.fold(other, limits: limits)
        #expect(folded.iterations.map(\.count) == [7, 1, 1])
        var result = RunResult(limits: limits)
        result.merge(snapshot, fromWorker: "w", second: 0)
        result.merge(other, fromWorker: "w", second: 0)
        #expect(result.iterations.count <= 3 && result.iterations[0].key == .other && result.iterationTotal.count == 9)
    }

    @Test func countsOfTheGeneratorAreAddedUp() {
        let recorder = IntervalRecorder()
        for lag in [0, 40_000, 90_000_000] as [Int64] { recorder.record(lag: lag) }
        recorder.countBusy(nanoseconds: 700)
        recorder.countBusy(nanoseconds: 300)
        for _ in 0..<9 { recorder.countStart() }
        recorder.countDroppedStart()
        let snapshot = recorder.takeSnapshot()
        #expect(snapshot.isWellFormed && !snapshot.isEmpty)
        #expect(recorder.takeSnapshot() == IntervalSnapshot())
        var folded = snapshot
        folded.fold(snapshot)
        #expect(folded.isWellFormed)
        let result = merged(snapshot, folded)
        #expect(result.lag.count == 9 && result.lag.maxNanoseconds == 90_000_000 && result.lag.averageNanoseconds == 90_040_000 / 3)
        #expect(result.lag.nanoseconds(atPercentile: 50) == 40_000)
        #expect(result.busyNanoseconds == 3000 && result.startsBegun == 27 && result.startsDropped == 3)
        #expect(result.history.points.map(\.startsBegun) == [27] && result.history.points.map(\.startsDropped) == [3])
    }

    /// A user in an iteration for years on each of a million threads.
    @Test func busyTimeDoesNotOverflow() {
        var snapshot = IntervalSnapshot()
        snapshot.busyNanoseconds = SnapshotBounds.nanoseconds
        var folded = snapshot
        for _ in 0..<20 { folded.fold(snapshot) }
        #expect(folded.isWellFormed)
        var result = RunResult()
        for _ in 0..<100 { result.merge(snapshot, fromWorker: "w", second: 0) }
        #expect(result.busyNanoseconds == 100 * Int128(SnapshotBounds.nanoseconds))
    }

    static let drops: [(begun: Int, dropped: Int, below: Double?)] = [
        (10, 0, nil), (0, 0, nil), (99, 1, 99), (1, 1, 50), (0, 3, 0), (999, 1, 99.9),
    ]

    @Test(arguments: drops) func whatWasDroppedCannotBeMeasured(begun: Int, dropped: Int, below: Double?) {
        let recorder = IntervalRecorder()
        for _ in 0..<begun { recorder.countStart() }
        for _ in 0..<dropped { recorder.countDroppedStart() }
        #expect(merged(recorder.takeSnapshot()).measurableBelow == below)
    }

    @Test func damagedIterationsAreFound() {
        let recorder = IntervalRecorder(userClasses: Self.classes)
        for (task, time) in [(0, 3_000_000), (1, 1000), (1, 8_000_000)] as [(Int, Int64)] {
            let iteration = recorder.iteration(userClass: 0, task: task)
            recorder.record(iteration: iteration, responseNanoseconds: 2 * time, durationNanoseconds: time, failed: false)
        }
        recorder.record(lag: 5000)
        let sound = recorder.takeSnapshot()
        let damages: [(inout IntervalSnapshot) -> Void] = [
            { $0.iterations.swapAt(0, 1) }, { $0.iterations[1] = $0.iterations[0] }, { $0.iterations[0].count = 0 },
            { $0.iterations[0].count = 2 }, { $0.iterations[0].failed = 2 }, { $0.iterations[0].failed = -1 },
            { $0.iterations[1].cells.removeLast() }, { $0.iterations[1].cells.swapAt(0, 1) }, { $0.iterations[0].cells = [] },
            { $0.iterations[0].cells.append(HistogramCell(request: 0, series: .wait, bucket: 1, count: 1)) },
            { $0.iterations[0].cells[0].key += 1 << 19 }, { $0.iterations[0].responseTime = TimeExtent() },
            { $0.iterations[0].duration.sumNanoseconds = .max }, { $0.iterations[0].cells[0].count = 0 },
            { $0.lag.times = TimeExtent() }, { $0.lag.cells = [] }, { $0.lag.cells[0].count = 0 }, { $0.lag.cells[0].key += 1 << 15 },
            { $0.lag.cells[0].key = 1 << 19 }, { $0.lag.times.sumNanoseconds = .min },
            { $0.lag.cells.insert(HistogramCell(request: 0, series: .delay, bucket: 9, count: 1), at: 0) },
            { $0.busyNanoseconds = -1 }, { $0.busyNanoseconds = .max }, { $0.startsBegun = -1 }, { $0.startsDropped = .max },
        ]
        #expect(sound.isWellFormed)
        for (index, damage) in damages.enumerated() {
            var damaged = sound
            damage(&damaged)
            #expect(!damaged.isWellFormed, "damage \(index)")
        }
    }
}

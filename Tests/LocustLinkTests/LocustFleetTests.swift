import Testing

@testable import LocustLink

/// Locust workers under a master, without sockets: joining, loss, return, end, and what Locust's own master does wrong.
struct LocustFleetTests {
    @Test func workersAreAcknowledgedAndGetTheirUsers() throws {
        let harness = try LocustHarness(users: 8, rate: 4, expected: 2, classes: [("Alpha", 3), ("Beta", 1)])
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 4)
        #expect(harness.totals == [4, 4])
        let sums = harness.workers.values.reduce(into: [:]) { sums, worker in sums.merge(worker.users) { $0 + $1 } }
        #expect(sums == ["Alpha": 6, "Beta": 2])
        #expect(harness.workers["a_1"]?.acknowledgements == [0] && harness.workers["b_1"]?.acknowledgements == [1])
        #expect(harness.workers.values.allSatisfy { $0.heartbeats >= 3 && $0.completedRamps == [8] })
        let timestamps = harness.workers["a_1"]?.orders.map(\.timestamp) ?? []
        #expect(timestamps == timestamps.sorted() && Set(timestamps).count == timestamps.count)
        #expect(harness.state.users == 8)
    }

    @Test func secondAndThirdJoinerGetUsers() throws {
        let harness = try LocustHarness(users: 12, expected: 1)
        harness.join("a_1")
        harness.pass(seconds: 3)
        #expect(harness.totals == [12])
        harness.join("b_1")
        harness.pass(seconds: 3)
        #expect(harness.totals == [6, 6])
        harness.join("c_1")
        harness.pass(seconds: 3)
        #expect(harness.totals == [4, 4, 4])
    }

    @Test func whoSaysAgainThatItIsReadyGetsNoDoubleShare() throws {
        let harness = try LocustHarness(users: 9, expected: 2)
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 2)
        for _ in 0..<3 { harness.say(.ready(version: "2.47.0"), "a_1") }
        harness.pass(seconds: 3)
        #expect(harness.totals.sorted() == [4, 5])
        #expect(harness.state.rows(now: harness.now).count == 2)
    }

    @Test func usersOfALostWorkerGoToTheOthersAndItsLateFiguresCount() throws {
        let harness = try LocustHarness(users: 12, expected: 2)
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 3)
        harness.workers["b_1"]?.isCutOff = true
        harness.pass(seconds: 6)
        #expect(harness.totals == [12, 6])
        #expect(harness.notices.contains { $0.text.contains("b_1 has been silent") })
        // It goes on under load, as Locust's workers do, and tells later.
        harness.workers["b_1"]?.unreported = 53
        harness.workers["b_1"]?.isCutOff = false
        harness.pass(seconds: 4)
        #expect(harness.totals == [6, 6])
        #expect(harness.state.result.total().requests == 53)
    }

    @Test func whoIsBackWithoutAnyUsersToHaveEndsThem() throws {
        let harness = try LocustHarness(users: 1, expected: 1)
        harness.join("a_1")
        harness.pass(seconds: 2)
        harness.join("b_1")
        harness.pass(seconds: 2)
        harness.workers["a_1"]?.isCutOff = true
        harness.pass(seconds: 6)
        #expect(harness.totals == [1, 1])
        harness.workers["a_1"]?.isCutOff = false
        harness.pass(seconds: 4)
        #expect(harness.totals.reduce(0, +) == 1)
    }

    @Test func figuresOfStrangersAreNotCounted() throws {
        let harness = try LocustHarness(users: 2, expected: 1)
        harness.join("a_1")
        harness.pass(seconds: 2)
        var stranger = SimulatedLocust("x_1")
        stranger.unreported = 7
        harness.say(stranger.report(), "x_1")
        #expect(harness.state.result.total().requests == 0 && harness.fleet.foreign == 1)
        harness.workers["x_1"] = stranger
        harness.say(.spawning, "x_1")
        #expect(harness.workers["x_1"]?.hasEnded == true)
        harness.pass(seconds: 1)
        #expect(harness.totals == [2, 0])
    }

    @Test func workersOfAMasterThatIsGoneEndItsUsersAndJoin() throws {
        let harness = try LocustHarness(users: 4, expected: 1)
        harness.join("a_1")
        harness.pass(seconds: 2)
        var orphan = SimulatedLocust("b_1")
        orphan.users = ["Alpha": 100]
        orphan.unreported = 1000
        harness.workers["b_1"] = orphan
        harness.say(.heartbeat(LocustHeartbeat(activity: .running)), "b_1")
        harness.pass(seconds: 4)
        #expect(harness.totals == [2, 2])
        #expect(harness.state.result.total().requests == 0)
        #expect(harness.notices.contains { $0.text.contains("b_1 was another master's") })
    }

    @Test func allThatWasMeasuredIsThereBeforeTheRunEnds() throws {
        let harness = try LocustHarness(users: 4, expected: 2, runTime: 5_000_000_000)
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 4.5)
        for id in ["a_1", "b_1"] { harness.workers[id]?.unreported = 21 }
        harness.pass(seconds: 2)
        #expect(harness.isOver && harness.workers.values.allSatisfy(\.hasEnded))
        #expect(harness.state.result.total().requests == 42)
        #expect(harness.state.rows(now: harness.now, isFinal: true).map(\.state) == ["done", "done"])
    }

    @Test func whoDoesNotReachItsUsersIsNamedOnce() throws {
        let harness = try LocustHarness(users: 4, expected: 2)
        harness.workers["b_1"] = SimulatedLocust("b_1")
        harness.workers["b_1"]?.obeys = false
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 9)
        #expect(!harness.notices.contains { $0.text.contains("does not have the users") })
        harness.pass(seconds: 20)
        let named = harness.notices.filter { $0.text.contains("does not have the users") }
        #expect(named.count == 1 && named[0].text.contains("worker b_1") && named[0].text.contains("Alpha: 0 of 2"), "\(named)")
        // It has the order: it is not told again and again.
        #expect(harness.workers["b_1"]?.orders.count == 1)
    }

    @Test func whoLeavesOfItsOwnAccordIsSaidToLackAReport() throws {
        let harness = try LocustHarness(users: 4, expected: 2)
        for id in ["a_1", "b_1"] { harness.join(id) }
        harness.pass(seconds: 2)
        harness.workers["b_1"]?.hasEnded = true
        harness.say(.quit, "b_1")
        harness.pass(seconds: 2)
        #expect(harness.workers["a_1"]?.total == 4)
        #expect(harness.notices.contains { $0.isWarning && $0.text.contains("without a last report") })
    }

    @Test func exceptionsAreGroupedByTraceback() throws {
        let harness = try LocustHarness(users: 1, expected: 1)
        harness.join("a_1")
        harness.pass(seconds: 2)
        func traceback(_ line: Int, _ top: String) -> String {
            "  File \"/lib/\(top).py\", line 3, in run\n    go()\n  File \"/x/locustfile.py\", line \(line), in buy\n    raise ValueError(1)\n"
        }
        for (line, top) in [(12, "a"), (12, "a"), (12, "b"), (13, "a")] {
            harness.say(.exception(message: "boom", traceback: traceback(line, top)), "a_1")
        }
        harness.pass(seconds: 0.1)
        let found = harness.state.result.exceptions.map { "\($0.total.example.place) \($0.total.count)" }
        #expect(found == ["locustfile.py:12 in buy 2", "locustfile.py:12 in buy (2) 1", "locustfile.py:13 in buy 1"])
    }

    @Test func whoAsksForAFileIsToldThatThereIsNone() throws {
        let harness = try LocustHarness(users: 1, expected: 1)
        harness.workers["a_download"] = SimulatedLocust("a_download")
        harness.say(.fileRequest, "a_download")
        #expect(harness.workers["a_download"]?.files.first?.contains("no locustfile") == true)
        #expect(harness.state.rows(now: harness.now).isEmpty)
    }

    @Test func aFloodOfIdsIsBounded() {
        var fleet = LocustFleet(LocustFleetSettings(version: "0.1.0", classes: ["Alpha"]))
        for number in 0..<10_050 { _ = fleet.take(.ready(version: "2.47.0"), from: "x_\(number)", now: 1) }
        for number in 0..<2000 { _ = fleet.take(.heartbeat(LocustHeartbeat(activity: .ready)), from: "y_\(number)", now: 1) }
        #expect(fleet.peers.count == 10_000 && fleet.foreign == 2050)
    }

    @Test func onlyNewLinesOfALogAreTold() {
        var log = LocustLogNews()
        #expect(log.news(in: ["a", "b"]) == ["a", "b"])
        #expect(log.news(in: ["a", "b", "x/INFO/locust.main: y", "c"]) == ["c"])
        #expect(log.news(in: ["c", "d", "d"]) == ["d", "d"])
        #expect(log.news(in: ["d", "d", "d"]) == ["d"])
        #expect(log.news(in: []) == [])
    }
}

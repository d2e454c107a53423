import EventLoop
import LoadEngine
import LoadModel
import Statistics
import Synchronization
import TestServers
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct EngineDeparturesTests {
    /// Every request issued was merged or interrupted, and the server has seen no fewer than the first and no more than both.
    private func expectConservation(_ result: RunResult, server: ScriptedServer, sourceLocation: SourceLocation = #_sourceLocation) {
        let total = result.total()
        #expect(result.workers.first?.issued == total.requests + total.interrupted, sourceLocation: sourceLocation)
        let seen = Int64(server.requests.count)
        #expect(total.requests <= seen && seen <= total.requests + total.interrupted, sourceLocation: sourceLocation)
    }

    // MARK: - Retire

    @Test func usersGoUpAndDownAndUpAgainExactly() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 2_000_000, classes: 2)) {
            SwiftUsers(task: [.get("/")])
        }
        bench.spawn(20, userClass: 0)
        bench.spawn(10, userClass: 1)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [20, 10] && $0.openConnections == 30 } != nil)
        bench.retire(15, userClass: 0)
        bench.retire(4, userClass: 1)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [5, 6] } != nil)
        let (users, connections) = try bench.run(milliseconds: 50)
        #expect(users == 11 && connections == 11)
        bench.spawn(7, userClass: 1)
        // More than there are: the rest lapses.
        bench.retire(9, userClass: 0)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0, 13] } != nil)
        bench.spawn(3, userClass: 0)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [3, 13] } != nil)
        try bench.run(milliseconds: 100)
        #expect(bench.gauges.activeUsers == [3, 13])
        let result = try bench.stop().result
        expectConservation(result, server: server)
        #expect(result.total().interrupted == 0 && result.total().failures == 0)
        #expect(bench.gauges.requestsIssued == result.workers.first?.issued)
        #expect(bench.gauges.activeUsers == [0, 0] && bench.gauges.openConnections == 0)
    }

    @Test func usersLeaveEvenly() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 5_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(10)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [10] } != nil)
        let firstDue = bench.retire(10, interval: 40_000_000, graceMilliseconds: 1000)
        for left in (0..<10).reversed() {
            let time = try #require(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [left] })
            let due = firstDue + Int64(9 - left) * 40_000_000
            #expect(time >= due && time < due + 35_000_000, "user \(9 - left) left \((time - due) / 1000) µs after it was due")
        }
        expectConservation(try bench.stop().result, server: server)
    }

    @Test func usersThatAreOrderedAreCancelledFirst() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 5_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(3)
        // The first is due at once, the others in the course of an hour.
        bench.spawn(6, interval: 600_000_000_000)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [4] } != nil)
        bench.retire(5)
        try bench.run(milliseconds: 50)
        #expect(bench.gauges.activeUsers == [4])
        bench.retire(1)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [3] } != nil)
        expectConservation(try bench.stop().result, server: server)
    }

    @Test func aLeaverGetsItsGraceAndNothingAfterIt() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 60_000_000_000)) {
            SwiftUsers(task: [.get("/1"), .sleep(milliseconds: 300), .get("/2"), .sleep(milliseconds: 60_000), .get("/3")])
        }
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        bench.retire(1)
        #expect(bench.awaitGauges(milliseconds: 100) { $0.activeUsers == [2] } != nil)
        let due = bench.retire(2, graceMilliseconds: 600)
        let gone = try #require(bench.awaitGauges(milliseconds: 2000) { $0.activeUsers == [0] })
        #expect((590_000_000..<800_000_000).contains(gone - due))
        let result = try bench.stop().result
        #expect(result.requests.map(\.key?.name) == ["/1", "/2"] && result.requests.map(\.requests) == [3, 2])
        expectConservation(result, server: server)
    }

    @Test func aLeaverThatEndsItsStepIsGoneBeforeItsGraceEnds() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 100)] + ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(task: [.get("/1"), .get("/2")]) }
        bench.spawn(4)
        try bench.run(milliseconds: 50)
        bench.retire(4, graceMilliseconds: 10_000)
        let gone = bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] }
        #expect(gone != nil)
        let result = try bench.stop().result
        #expect(result.requests.map(\.requests) == [4, 4] && result.total().interrupted == 0)
        expectConservation(result, server: server)
    }

    @Test func requestsOfLeaversToASlowServerAreMergedOrInterrupted() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 2000)] + ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(20, interval: 50_000_000)
        try bench.run(milliseconds: 2525)
        // About half have begun their second request; the answers to all that was sent by now come within two seconds.
        bench.retire(20)
        #expect(bench.awaitGauges(milliseconds: 3000) { $0.activeUsers == [0] } != nil)
        let first = try bench.stop().result
        #expect(first.total().interrupted == 0)
        #expect((28...32).contains(first.total().requests))
        expectConservation(first, server: server)

        let slower = try ScriptedServer { _ in [.pause(milliseconds: 2500)] + ScriptedServer.answer("") }
        defer { slower.stop() }
        let other = try EngineBench(settings: EngineBench.settings(slower.url)) { SwiftUsers(task: [.get("/")]) }
        other.spawn(20, interval: 50_000_000)
        try other.run(milliseconds: 1000)
        // Awaited until 3.0 s: the answers of those that began by 0.5 s have come.
        other.retire(20)
        let gone = other.awaitGauges(milliseconds: 3000) { $0.activeUsers == [0] }
        #expect(gone != nil)
        let second = try other.stop().result
        #expect((8...12).contains(second.total().requests))
        #expect(second.total().requests + second.total().interrupted == 20)
        #expect(slower.requests.count == 20)
        expectConservation(second, server: slower)
    }

    @Test func aStopBeatsALongGrace() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) {
            SwiftUsers(task: [.get("/"), .sleep(milliseconds: 60_000)])
        }
        bench.spawn(4)
        try bench.run(milliseconds: 100)
        bench.retire(2, graceMilliseconds: 60_000)
        bench.retire(2, interval: 30_000_000_000, graceMilliseconds: 60_000)
        try bench.run(milliseconds: 50)
        #expect(bench.gauges.activeUsers == [4])
        let (result, seconds) = try bench.stop(graceMilliseconds: 200)
        #expect(seconds < 1)
        expectConservation(result, server: server)
    }

    @Test func aLeaverThatWaitsForAConnectionIsCutOffAtTheEndOfItsGrace() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 600)] + ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.connectionCap = 1
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(5)
        try bench.run(milliseconds: 100)
        // The newest four wait.
        bench.retire(4, graceMilliseconds: 100)
        #expect(bench.awaitGauges(milliseconds: 400) { $0.activeUsers == [1] } != nil)
        try bench.run(milliseconds: 700)
        #expect(bench.gauges.activeUsers == [1])
        expectConservation(try bench.stop().result, server: server)
    }

    // MARK: - Release

    @Test func releasedUsersAreGoneAndOthersMayFollow() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 30)] + ScriptedServer.answer("") }
        defer { server.stop() }
        for mode in [ConnectionMode.user, .shared, .new] {
            let seenBefore = server.requests.count
            let bench = try EngineBench(settings: EngineBench.settings(server.url, mode: mode)) { SwiftUsers(task: [.get("/")]) }
            for _ in 0..<4 {
                bench.spawn(20)
                bench.spawn(20, interval: 600_000_000_000)
                try bench.run(milliseconds: 150)
                bench.post(.release)
                let (users, connections) = try bench.run(milliseconds: 20)
                #expect(users == 0 && connections == 0, "\(mode): \(users) users, \(connections) connections")
                #expect(bench.gauges.activeUsers == [0] && bench.gauges.openConnections == 0)
            }
            bench.spawn(5)
            try bench.run(milliseconds: 200)
            #expect(bench.gauges.activeUsers == [5])
            let result = try bench.stop().result
            let total = result.total()
            #expect(total.requests > 0 && total.interrupted >= 4 * 15 && total.failures == 0)
            #expect(result.workers.first?.issued == total.requests + total.interrupted)
            let seen = Int64(server.requests.count - seenBefore)
            #expect(total.requests <= seen && seen <= total.requests + total.interrupted)
        }
    }

    @Test func aSlotsNextUserDoesNotInheritWhatWasDue() throws {
        let bench = try EngineBench(settings: EngineBench.settings("http://127.0.0.1:1", wait: 400_000_000)) {
            SwiftUsers(task: [.raise("a step")])
        }
        bench.spawn(10)
        try bench.run(milliseconds: 200)
        bench.retire(10)
        bench.spawn(10)
        // The timers of those who left are due meanwhile.
        try bench.run(milliseconds: 300)
        let result = try bench.stop().result
        #expect(result.exceptions.first?.total.count == 20)
    }

    // MARK: - Lease

    @Test func nothingIsSentAfterTheLeaseHasExpired() throws {
        let lastSeen = Mutex<Int64>(0)
        let server = try ScriptedServer { _ in
            lastSeen.withLock { $0 = MonotonicClock.nanoseconds() }
            return ScriptedServer.answer("")
        }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        let expiry = MonotonicClock.nanoseconds() + 400_000_000
        settings.lease = EngineLease(expiryNanoseconds: expiry - 200_000_000)
        let lease = settings.lease
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(20)
        try bench.run(milliseconds: 50)
        #expect(lease.renew(until: expiry, now: MonotonicClock.nanoseconds()))
        let gone = try #require(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] })
        #expect(gone >= expiry && gone < expiry + 20_000_000)
        let issued = bench.gauges.requestsIssued
        #expect(!lease.renew(until: .max, now: MonotonicClock.nanoseconds()))
        // Users that are ordered while no lease holds are dropped as well.
        bench.spawn(5)
        try bench.run(milliseconds: 100)
        #expect(bench.gauges.activeUsers == [0] && bench.gauges.requestsIssued == issued)
        #expect(lastSeen.withLock { $0 } < expiry + 20_000_000)
        // A new lease brings nobody back, but new users may come.
        lease.grant(until: .max)
        try bench.run(milliseconds: 50)
        #expect(bench.gauges.activeUsers == [0] && bench.gauges.requestsIssued == issued)
        bench.spawn(3)
        try bench.run(milliseconds: 50)
        #expect(bench.gauges.activeUsers == [3] && bench.gauges.requestsIssued > issued)
        expectConservation(try bench.stop().result, server: server)
    }

    @Test func aThreadThatWasHeldUpPastTheExpirySendsNothing() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.lease = EngineLease(expiryNanoseconds: MonotonicClock.nanoseconds() + 100_000_000)
        // Each user holds up the thread in the middle of its loop; the first's request is with libcurl then, but not on its way.
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.block(milliseconds: 70), .get("/")]) }
        bench.spawn(3)
        try bench.run(milliseconds: 300)
        #expect(server.requests.count == 0)
        #expect(bench.gauges.activeUsers == [0] && bench.gauges.requestsIssued == 1)
        let result = try bench.stop().result
        #expect(result.total().requests == 0)
        #expect(result.workers.first?.issued == 1 && result.total().interrupted == 1)
    }

    // MARK: - Cap

    @Test func aCapIsLoweredAndRaisedWhileTheRunGoesOn() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 5)] + ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(24)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.openConnections == 24 } != nil)
        for (cap, connections) in [(4, 4), (12, 12), (1, 1), (0, 24), (3, 3)] {
            bench.post(.cap(cap))
            #expect(bench.awaitGauges(milliseconds: 1000) { $0.openConnections == connections } != nil, "cap \(cap)")
            try bench.run(milliseconds: 100)
            #expect(bench.gauges.openConnections == connections, "cap \(cap)")
            let before = bench.gauges.requestsIssued
            let goesOn = bench.awaitGauges(milliseconds: 5000) { $0.requestsIssued > before + Int64(connections) * 3 }
            #expect(goesOn != nil, "cap \(cap)")
        }
        let result = try bench.stop().result
        #expect(result.total().failures == 0 && result.total().interrupted == 0)
        expectConservation(result, server: server)
    }

    @Test func idleConnectionsAboveALowerCapAreClosed() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 60_000_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(150)
        #expect(bench.awaitGauges(milliseconds: 2000) { $0.openConnections == 150 } != nil)
        try bench.run(milliseconds: 100)
        bench.post(.cap(10))
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.openConnections == 10 } != nil)
        #expect(bench.gauges.activeUsers == [150])
        expectConservation(try bench.stop().result, server: server)
    }

    // MARK: - Rest

    @Test func everyRequestIsAccountedForWhateverIsOrdered() throws {
        let server = try ScriptedServer { request in
            request.line.contains("slow") ? [.pause(milliseconds: 30)] + ScriptedServer.answer("") : ScriptedServer.answer("")
        }
        defer { server.stop() }
        for (seed, mode) in [ConnectionMode.user, .shared, .new, .user].enumerated() {
            let seenBefore = server.requests.count
            var generator = SplitMix64(seed: UInt64(seed))
            let settings = EngineBench.settings(server.url, wait: 3_000_000, mode: mode, classes: 3)
            let bench = try EngineBench(settings: settings) {
                SwiftUsers(task: [.get("/"), .sleep(milliseconds: 3), .get("/slow")])
            }
            var users = [0, 0, 0]
            for _ in 0..<150 {
                let userClass = Int.random(in: 0..<3, using: &generator)
                switch Int.random(in: 0..<12, using: &generator) {
                case 0..<6:
                    let count = Int.random(in: 1...(25 - min(24, users[userClass])), using: &generator)
                    users[userClass] += count
                    bench.spawn(count, userClass: UInt16(userClass))
                case 6..<10:
                    let count = Int.random(in: 0...users[userClass], using: &generator)
                    users[userClass] -= count
                    let grace = Int64.random(in: 0...50, using: &generator)
                    bench.retire(count, userClass: UInt16(userClass), graceMilliseconds: grace)
                case 10: bench.post(.cap(Int.random(in: 0...30, using: &generator)))
                default:
                    users = [0, 0, 0]
                    bench.post(.release)
                }
                try bench.run(milliseconds: Int.random(in: 0...15, using: &generator))
            }
            bench.post(.cap(0))
            #expect(bench.awaitGauges(milliseconds: 2000) { $0.activeUsers == users } != nil, "\(users), not \(bench.gauges.activeUsers)")
            let result = try bench.stop(graceMilliseconds: 20).result
            let total = result.total()
            #expect(total.requests > 300 && total.failures == 0)
            #expect(result.workers.first?.issued == total.requests + total.interrupted)
            #expect(bench.gauges.requestsIssued == total.requests + total.interrupted)
            let seen = Int64(server.requests.count - seenBefore)
            #expect(total.requests <= seen && seen <= total.requests + total.interrupted)
        }
    }

    @Test func aHundredThousandWaitingUsersLeaveAtOnce() throws {
        let bench = try EngineBench(settings: EngineBench.settings("http://127.0.0.1:1", wait: 3_600_000_000_000)) { SwiftUsers(task: []) }
        for _ in 0..<2 {
            bench.spawn(100_000)
            #expect(bench.awaitGauges(milliseconds: 10_000) { $0.activeUsers == [100_000] } != nil)
            bench.retire(100_000)
            // A second or two; many minutes, if each had to be searched for.
            #expect(bench.awaitGauges(milliseconds: 20_000) { $0.activeUsers == [0] } != nil)
        }
        _ = try bench.stop()
    }

    @Test func aThreadWithNothingToDoSleeps() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 1_000_000)
        settings.lease = EngineLease(expiryNanoseconds: MonotonicClock.nanoseconds() + 60_000_000_000)
        let lease = settings.lease
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/"), .sleep(milliseconds: 1)]) }
        func expectSleep(after what: Comment) throws {
            #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil, what)
            let used = try bench.processorMilliseconds(during: 300)
            #expect(used < 20, what)
        }
        bench.spawn(10)
        try bench.run(milliseconds: 50)
        bench.retire(10, graceMilliseconds: 100)
        try expectSleep(after: "retire")
        bench.spawn(10)
        try bench.run(milliseconds: 50)
        bench.post(.release)
        try expectSleep(after: "release")
        bench.spawn(10)
        try bench.run(milliseconds: 50)
        lease.grant(until: MonotonicClock.nanoseconds())
        try expectSleep(after: "an expired lease")
        lease.grant(until: .max)
        bench.post(.cap(1))
        bench.spawn(10, interval: 600_000_000_000)
        try bench.run(milliseconds: 50)
        bench.retire(10)
        try expectSleep(after: "a lower cap")
        bench.spawn(10)
        try bench.run(milliseconds: 50)
        bench.post(.stop(graceNanoseconds: 0))
        bench.post(.cutOff)
        try expectSleep(after: "a stop whose cut-off has passed")
        bench.post(.end)
    }
}

import Testing

@testable import Cluster
@testable import ZeroMQ

/// A worker's connection is not taken over by who repeats its words.
struct PeerRoutesTests {
    private static let second: Int64 = 1_000_000_000
    private static let (own, foreign) = (Route(bytes: [0x80, 1]), Route(bytes: [0x80, 2]))
    private static let worker = Peer(name: "a", session: 1)

    /// The routes after the worker's hello over its own connection.
    private func routes() -> PeerRoutes {
        var routes = PeerRoutes()
        _ = routes.hello(Self.worker, over: Self.own, now: 0, isOpen: { _ in true })
        return routes
    }

    @Test func aConnectionThatSpeaksIsNotReplaced() {
        var routes = routes()
        let isHeard = routes.heard(Self.own, now: Self.second / 2) == Self.worker
        let isTaken = routes.hello(Self.worker, over: Self.foreign, now: Self.second, isOpen: { $0 == Self.own })
        let stranger = routes.heard(Self.foreign, now: Self.second)
        #expect(isHeard && !isTaken && routes.route(of: Self.worker) == Self.own && stranger == nil)
    }

    @Test func oneThatIsClosedOrSilentIsReplaced() {
        var routes = routes()
        let isTakenWhenClosed = routes.hello(Self.worker, over: Self.foreign, now: 1, isOpen: { _ in false })
        #expect(isTakenWhenClosed && routes.route(of: Self.worker) == Self.foreign)
        let isTakenWhenSilent = routes.hello(Self.worker, over: Self.own, now: 1 + Self.second, isOpen: { _ in true })
        let old = routes.heard(Self.foreign, now: 1 + Self.second)
        #expect(isTakenWhenSilent && routes.route(of: Self.worker) == Self.own && routes.count == 1 && old == nil)
    }

    /// A worker that has left may have closed its connection before its farewell was read.
    @Test func whatCameBeforeAConnectionClosedIsStillTheWorkers() {
        var routes = routes()
        routes.close(Self.worker)
        let farewell = routes.heard(Self.own, now: 1)
        #expect(farewell == Self.worker && routes.route(of: Self.worker) == nil)
        let isBack = routes.hello(Self.worker, over: Self.foreign, now: 2, isOpen: { _ in false })
        let old = routes.heard(Self.own, now: 3)
        #expect(isBack && routes.route(of: Self.worker) == Self.foreign && old == nil && routes.count == 1)
    }

    @Test func aHelloAgainOverTheSameConnectionIsHeard() {
        var routes = routes()
        let isTaken = routes.hello(Self.worker, over: Self.own, now: Self.second, isOpen: { _ in false })
        let isReplaced = routes.hello(Self.worker, over: Self.foreign, now: Self.second + 1, isOpen: { _ in true })
        #expect(isTaken && !isReplaced)
    }

    @Test func anotherWorkerOverTheSameConnectionTakesItsPlace() {
        var routes = routes()
        let other = Peer(name: "a", session: 2)
        let isTaken = routes.hello(other, over: Self.own, now: 1, isOpen: { _ in true })
        let peer = routes.heard(Self.own, now: 1)
        #expect(isTaken && routes.route(of: Self.worker) == nil && peer == other)
    }

    @Test func memoryIsBounded() {
        var routes = PeerRoutes()
        func hello(_ number: Int, now: Int64) -> Bool {
            let route = Route(bytes: [UInt8(number & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number >> 16)])
            return routes.hello(Peer(name: "w\(number)", session: 1), over: route, now: now, isOpen: { _ in true })
        }
        let taken = (0..<PeerRoutes.most).count { hello($0, now: 0) }
        let isTakenWhenFull = hello(PeerRoutes.most, now: Self.second)
        let isTakenLater = hello(PeerRoutes.most, now: 11 * Self.second)
        #expect(taken == PeerRoutes.most && !isTakenWhenFull && isTakenLater && routes.count == 1)
    }
}

/// What is said of messages and peers without effect.
struct TurnedAwayTests {
    @Test func saysWhatThereWas() {
        var all = TurnedAway()
        #expect(all.words == nil)
        all.unreadable = 1
        #expect(all.words == "turned away, without effect on the result: 1 message that could not be read")
        (all.foreign, all.peers) = (2, 3)
        #expect(
            all.words == "turned away, without effect on the result: 1 message that could not be read; "
                + "2 messages over connections that were not their worker's; 3 connections that had no key or spoke something else")
    }
}

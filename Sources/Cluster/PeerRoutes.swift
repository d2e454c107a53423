import ZeroMQ

/// Which connection is which worker's. Pure.
///
/// A worker that lost its connection says hello over another one. Whoever repeats the words of a worker over a connection of its own is told from
/// it by the old connection: while that is open and speaks, it is the worker's.
struct PeerRoutes {
    /// A connection that has said nothing for so long may be replaced, open or not: four heartbeats.
    static let longestSilence: Int64 = 1_000_000_000
    /// Connections that are remembered; beyond it those are forgotten that have been silent for long.
    static let most = 20_000
    private static let longestMemory: Int64 = 10_000_000_000

    private struct Line {
        var peer: Peer
        var heardAt: Int64
        /// True when nothing can be sent there any more; what came before may still be waiting to be read.
        var isClosed = false
    }

    private var lines: [Route: Line] = [:]
    private var routes: [Peer: Route] = [:]

    /// Connections that are remembered.
    var count: Int { lines.count }

    /// Where a worker's messages go; nil: it has no connection.
    func route(of peer: Peer) -> Route? {
        guard let route = routes[peer], lines[route]?.isClosed == false else { return nil }
        return route
    }

    /// Whose connection it is, which has been heard now; nil: nobody has said hello there.
    mutating func heard(_ route: Route, now: Int64) -> Peer? {
        lines[route]?.heardAt = now
        return lines[route]?.peer
    }

    /// A worker says hello. Answers false when it is not to be believed: the worker has another connection. `isOpen` finds out whether one still
    /// exists.
    mutating func hello(_ peer: Peer, over route: Route, now: Int64, isOpen: (Route) -> Bool) -> Bool {
        if let known = routes[peer] {
            if known == route {
                lines[route]?.heardAt = now
                return true
            }
            if let heardAt = lines[known]?.heardAt, now - heardAt < Self.longestSilence, isOpen(known) { return false }
            forget(peer)
        }
        if let earlier = lines[route]?.peer { forget(earlier) }
        if lines.count >= Self.most {
            for line in lines.values where now - line.heardAt > Self.longestMemory { forget(line.peer) }
            if lines.count >= Self.most { return false }
        }
        lines[route] = Line(peer: peer, heardAt: now)
        routes[peer] = route
        return true
    }

    /// A worker's connection has gone. What it said before, a farewell for instance, is still its own.
    mutating func close(_ peer: Peer) {
        if let route = routes[peer] { lines[route]?.isClosed = true }
    }

    private mutating func forget(_ peer: Peer) {
        if let route = routes.removeValue(forKey: peer) { lines[route] = nil }
    }
}

import CCurl
import LoadModel

/// Which pool of connections: a user's own, or one of those that 64 users share.
enum PoolID: Hashable {
    case user(Int)
    case shared(Int)
}

/// The connection pools of one transport, each a `CURLSH` with connections and TLS sessions.
///
/// No pool ever serves a whole engine thread: libcurl 7.88 searches a pool linearly (docs/decisions/0001-connection-pools.md). A pool
/// without an open connection is nothing but two words: its share is given back.
struct ConnectionPools: ~Copyable {
    /// Users of one shared pool.
    static let usersPerSharedPool = 64

    /// One pool.
    struct Pool {
        /// nil: no connection was opened since it was last given back.
        var share: UnsafeMutableRawPointer?
        var openConnections: Int32 = 0
        var requestsInFlight: Int32 = 0
        /// Of the open ones, those that the server has closed.
        var brokenConnections: Int32 = 0
        /// TLS sessions cannot be told apart from a share's connections, so such a share is kept for its users.
        var holdsTLS = false
    }

    private var users: [Pool] = []
    private var shared: [Pool] = []
    /// Shares without connections or TLS sessions, for the next pool that needs one.
    private var spare: [UnsafeMutableRawPointer] = []
    private let spareLimit = 64

    subscript(id: PoolID) -> Pool {
        get {
            switch id {
            case .user(let slot): slot < users.count ? users[slot] : Pool()
            case .shared(let index): index < shared.count ? shared[index] : Pool()
            }
        }
        set {
            switch id {
            case .user(let slot):
                while users.count <= slot { users.append(Pool()) }
                users[slot] = newValue
            case .shared(let index):
                while shared.count <= index { shared.append(Pool()) }
                shared[index] = newValue
            }
        }
    }

    /// A shared pool with open connections that no request is using; nil: there is none.
    /// - Complexity: O(shared pools).
    func idleShared() -> PoolID? {
        shared.firstIndex { $0.openConnections > 0 && $0.requestsInFlight == 0 && $0.share != nil }.map { .shared($0) }
    }

    /// The pool's share, made if need be.
    mutating func share(of id: PoolID, usesTLS: Bool) throws -> UnsafeMutableRawPointer {
        var pool = self[id]
        if let share = pool.share, pool.holdsTLS || !usesTLS { return share }
        let share: UnsafeMutableRawPointer
        if let held = pool.share {
            share = held
        } else if let ready = spare.popLast() {
            share = ready
        } else {
            guard let made = curl_share_init() else {
                throw HTTPTransportError(action: "make a connection pool", code: CURLE_OUT_OF_MEMORY.rawValue)
            }
            ccurl_share_set_data(made, CURL_LOCK_DATA_CONNECT)
            share = made
        }
        if usesTLS && !pool.holdsTLS {
            // Fails while a transfer uses the share; then this pool goes without resumed sessions.
            pool.holdsTLS = ccurl_share_set_data(share, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK
        }
        pool.share = share
        self[id] = pool
        return share
    }

    /// Takes the share away from a pool, for destruction or reuse; no handle may be attached to it.
    mutating func takeShare(of id: PoolID) -> UnsafeMutableRawPointer? {
        var pool = self[id]
        let share = pool.share
        pool.share = nil
        pool.holdsTLS = false
        self[id] = pool
        return share
    }

    /// Takes the shares of all pools and the spare ones, for destruction.
    mutating func takeAllShares() -> [UnsafeMutableRawPointer] {
        let shares = (users + shared).compactMap(\.share) + spare
        users = []
        shared = []
        spare = []
        return shares
    }

    /// Keeps an empty share for later, or destroys it when there are enough.
    mutating func giveBack(_ share: UnsafeMutableRawPointer) {
        if spare.count < spareLimit { spare.append(share) } else { curl_share_cleanup(share) }
    }
}

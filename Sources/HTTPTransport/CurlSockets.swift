import CCurl
import EventLoop
import Glibc

/// What is known of one descriptor.
struct SocketState {
    /// Made by `openSocket`, not by libcurl itself.
    var isOurs = false
    /// Which one of all the sockets opened: descriptors are used again.
    var number = 0
    /// libcurl has asked to hear when it can be read: a connection was made.
    var hasBeenRead = false
    /// The server has closed it, while no request used it.
    var isBroken = false
    var pool: PoolID?
    /// Who asked last to hear of it. The transport holds its multi handles longer than its sockets.
    unowned(unsafe) var multi: CurlMulti?
    /// What it is registered for with the poller; 0: not.
    var registered: UInt32 = 0
    /// What libcurl wants to hear of; 0: nothing.
    var wanted: UInt32 = 0
}

/// Which sockets there are, whose they are, and what the poller watches them for.
extension CurlTransport {
    /// Makes a socket for libcurl and notes to whose pool it belongs.
    func openSocket(family: Int32, kind: Int32, protocol: Int32, for handle: CurlHandle) -> Int32 {
        let descriptor = socket(family, kind | Int32(SOCK_CLOEXEC.rawValue), `protocol`)
        guard descriptor >= 0 else {
            handle.socketError = errno
            return -1
        }
        let refusal = bindToSource(descriptor, family: family)
        guard refusal == 0 else {
            handle.socketError = refusal
            close(descriptor)
            return -1
        }
        // An address of another family may have been refused before.
        handle.socketError = 0
        reserveState(of: descriptor)
        noteClosed(descriptor)
        openConnections += 1
        connectionsOpened += 1
        sockets[Int(descriptor)] = SocketState(isOurs: true, number: connectionsOpened, pool: handle.pool)
        handle.opened.append((descriptor, connectionsOpened))
        if handle.hasReservation {
            handle.hasReservation = false
            reservations -= 1
        }
        if let id = handle.pool { pools[id].openConnections = pools[id].openConnections + 1 }
        return descriptor
    }

    /// Lets a socket's connection come from the next of the addresses of its family that connections are to come from. Answers 0, or what went wrong.
    private func bindToSource(_ descriptor: Int32, family: Int32) -> Int32 {
        if options.sourceAddresses.isEmpty { return 0 }
        let addresses = family == AF_INET ? sources.v4 : sources.v6
        return addresses.isEmpty ? EAFNOSUPPORT : addresses[connectionsOpened % addresses.count].bind(descriptor)
    }

    /// Closes a socket that `openSocket` made.
    func closeSocket(_ descriptor: Int32) -> Int32 {
        noteClosed(descriptor)
        return close(descriptor)
    }

    /// Takes a socket of ours out of all accounts.
    private func noteClosed(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard index < sockets.count, sockets[index].isOurs else { return }
        openConnections -= 1
        if let id = sockets[index].pool {
            pools[id].openConnections = pools[id].openConnections - 1
            if sockets[index].isBroken { pools[id].brokenConnections = pools[id].brokenConnections - 1 }
        }
        sockets[index] = SocketState()
    }

    /// Accounts for the sockets that a request opened and that libcurl 7.88 closed without a word: those on which no connection was made
    /// by the time when it was broken off or timed out. Call it when the request has ended without an answer: an answer may be there before
    /// libcurl has asked to hear of it, and then the connection is kept.
    ///
    /// A socket that another address family overtook is closed in the same way; that is noticed when its descriptor is used again.
    func noteUnconnectedClosed(of handle: CurlHandle) {
        for (descriptor, number) in handle.opened {
            let socket = sockets[Int(descriptor)]
            if socket.number == number && !socket.hasBeenRead { noteClosed(descriptor) }
        }
        handle.opened.removeAll(keepingCapacity: true)
    }

    func reserveState(of descriptor: Int32) {
        while sockets.count <= Int(descriptor) { sockets.append(SocketState()) }
    }

    /// Watches a socket as libcurl asks. A socket of ours stays registered between two requests: that saves two system calls a
    /// request and tells at once when the server closes it.
    func watch(_ descriptor: Int32, what: Int32, multi: CurlMulti) {
        reserveState(of: descriptor)
        let index = Int(descriptor)
        sockets[index].multi = multi
        var wanted: UInt32 = 0
        if what & CURL_POLL_IN != 0 && what != CURL_POLL_REMOVE { wanted |= Poller.readable }
        if what & CURL_POLL_OUT != 0 && what != CURL_POLL_REMOVE { wanted |= Poller.writable }
        sockets[index].wanted = wanted
        if wanted & Poller.readable != 0 { sockets[index].hasBeenRead = true }
        if wanted == 0 {
            if sockets[index].isOurs && sockets[index].registered == Poller.readable { return }
            if sockets[index].registered != 0 { poller.remove(descriptor) }
            sockets[index].registered = 0
        } else if sockets[index].registered != wanted {
            let token = Self.token(of: descriptor)
            if sockets[index].registered == 0 {
                poller.add(descriptor, bits: wanted, token: token)
            } else {
                poller.modify(descriptor, bits: wanted, token: token)
            }
            sockets[index].registered = wanted
        }
    }

    /// Something came on a socket that no request is using: most often the server has closed it.
    func idleSocketStirred(_ descriptor: Int32, bits: UInt32) {
        let index = Int(descriptor)
        poller.remove(descriptor)
        sockets[index].registered = 0
        var byte: UInt8 = 0
        let isClosed = bits & Poller.broken != 0 || recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
        guard isClosed, let id = sockets[index].pool, case .user(let slot) = id else { return }
        sockets[index].isBroken = true
        pools[id].brokenConnections = pools[id].brokenConnections + 1
        let pool = pools[id]
        if pool.brokenConnections == pool.openConnections && !pool.holdsTLS && !users[slot].isInFlight { closeConnections(of: slot) }
    }
}

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Tells over HTTP how a run stands, on a thread of its own. Read only: nothing that comes in has any effect on the run.
package final class WebServer: Sendable {
    /// Connections at a time; more are turned away at once.
    package static let mostConnections = 64

    /// The port that was taken.
    package let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let board: RunBoard

    /// Starts serving; blocks until it listens. Throws a `WebServerError`.
    ///
    /// - Parameters:
    ///   - host: an address or a name of this machine.
    ///   - port: 0 takes any free port.
    ///   - historyPath: a file that is offered for download, if there is one.
    package init(host: String, port: Int, board: RunBoard, historyPath: String? = nil) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let address: SocketAddress
        do { address = try SocketAddress.makeAddressResolvingHost(host, port: port) } catch {
            try? group.syncShutdownGracefully()
            throw WebServerError("'\(host)' is no address or name of this machine.")
        }
        do {
            let desk = try eventLoop.submit { NIOLoopBound(WebDesk(board: board, historyPath: historyPath), eventLoop: eventLoop) }.wait()
            channel = try ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try desk.value.take(channel) } }
                .bind(to: address).wait()
            board.onChange { eventLoop.execute { desk.value.pages.refresh() } }
        } catch {
            try? group.syncShutdownGracefully()
            let words = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw WebServerError("cannot listen on \(host) port \(port): \(words).")
        }
        self.group = group
        self.board = board
        self.port = channel.localAddress?.port ?? port
    }

    /// Stops serving and closes all connections. Blocks.
    package func stop() {
        board.onChange {}
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
    }
}

/// What all connections of a server share, on its event loop.
private final class WebDesk {
    let pages: WebPages
    private var connections = 0

    init(board: RunBoard, historyPath: String?) { pages = WebPages(board: board, historyPath: historyPath) }

    /// Makes a new connection one of the server's, or turns it away.
    func take(_ channel: any Channel) throws {
        guard connections < WebServer.mostConnections else {
            channel.close(promise: nil)
            return
        }
        connections += 1
        let budget = HeadBudget()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HeadLimit(budget: budget))
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        try pipeline.addHandler(HeadWatch(budget: budget))
        try pipeline.addHandler(WebConnection(pages: pages, budget: budget, ended: { [weak self] in self?.connections -= 1 }))
    }
}

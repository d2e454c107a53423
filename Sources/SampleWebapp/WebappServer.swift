import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The sample web application listening on a socket, in this process.
package final class WebappServer: Sendable {
    /// How many connections the kernel may hold that are not accepted yet; it cuts this down to `net.core.somaxconn`.
    package static let backlog: Int32 = 65_535

    /// Where the server listens.
    package let address: SocketAddress

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel

    /// Starts serving. Returns when connections are accepted. Blocks, so not to be called from an async function.
    ///
    /// - Parameters:
    ///   - socket: the bound socket; the server owns it from here on.
    ///   - behaviour: latency, failures and the like.
    ///   - counts: where answers are counted.
    ///   - threads: the number of event loops, at least 1.
    ///   - report: takes a sentence about trouble with accepting connections, from any thread.
    /// - Throws: ``WebappError`` with code `notStarted`.
    package init(
        socket: consuming ListeningSocket, behaviour: Behaviour, counts: SharedCounts, threads: Int,
        report: @escaping @Sendable (String) -> Void
    ) throws {
        let address = socket.address
        let descriptor = socket.release()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let admission = behaviour.concurrency.map { Admission(limit: $0) }
        do {
            var resources: [ObjectIdentifier: NIOLoopBound<LoopResources>] = [:]
            for eventLoop in group.makeIterator() {
                let seed = UInt64.random(in: .min ... .max)
                resources[ObjectIdentifier(eventLoop)] =
                    try eventLoop.submit { NIOLoopBound(LoopResources(seed: seed), eventLoop: eventLoop) }.wait()
            }
            let resourcesByLoop = resources
            channel = try ServerBootstrap(group: group)
                .serverChannelOption(.maxMessagesPerRead, value: 64)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(report: report))
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard let resources = resourcesByLoop[ObjectIdentifier(channel.eventLoop)] else {
                            preconditionFailure("a connection came on a loop that is not the server's")
                        }
                        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
                        try channel.pipeline.syncOperations.addHandler(decoder)
                        try channel.pipeline.syncOperations.addHandler(
                            ConnectionHandler(
                                behaviour: behaviour, counts: counts, admission: admission, resources: resources.value))
                    }
                }
                .withBoundSocket(descriptor)
                .wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw WebappError(.notStarted, "cannot serve on \(address): \(error).")
        }
        // The bootstrap has called listen with a short queue; a second call only lengthens it.
        guard listen(descriptor, Self.backlog) == 0 else {
            let number = errno
            try? group.syncShutdownGracefully()
            throw WebappError(.notStarted, errno: number, "cannot serve on \(address): \(String(cString: strerror(number))).")
        }
        self.group = group
        self.address = address
    }

    /// Stops serving and closes all connections. Blocks, so not to be called from an async function.
    package func stop() throws {
        try channel.close().wait()
        try group.syncShutdownGracefully()
    }
}

import NIOCore
import NIOHTTP1

/// How many bytes of a request have come of which no head was read yet. Shared by the two handlers below, on one event loop.
final class HeadBudget {
    /// The longest head.
    static let most = 16 << 10
    /// What is said to one that is longer.
    static let words = "the head of a request may have \(most) bytes."

    var pending = 0
    var isInsideBody = false
    /// True once the decoder has given up and what came was answered.
    var isRefused = false
}

/// Stands before the decoder: a head that does not come to its end in `HeadBudget.most` bytes is answered with 431, and the connection ends. Tells the
/// handlers behind it when a head begins.
final class HeadLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The first bytes of a request have come.
    struct HeadBegan: Sendable {}

    private let budget: HeadBudget
    private var hasClosed = false

    init(budget: HeadBudget) { self.budget = budget }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasClosed { return }
        let count = unwrapInboundIn(data).readableBytes
        if !budget.isInsideBody {
            if budget.pending == 0 { context.fireUserInboundEventTriggered(HeadBegan()) }
            budget.pending += count
        }
        // The decoder reads it before this returns, and `HeadWatch` takes what was read out of the account.
        context.fireChannelRead(data)
        guard budget.pending > HeadBudget.most, !budget.isRefused else { return }
        hasClosed = true
        let words = HeadBudget.words + "\n"
        let answer = ByteBuffer(
            string: "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: \(words.utf8.count)\r\n\r\n\(words)")
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: WebConnection.farewell) { context.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(answer), promise: written)
    }
}

/// Stands behind the decoder, and sees each head when it has been read.
final class HeadWatch: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let budget: HeadBudget

    init(budget: HeadBudget) { self.budget = budget }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: (budget.pending, budget.isInsideBody) = (0, true)
        case .body: break
        case .end: (budget.pending, budget.isInsideBody) = (0, false)
        }
        context.fireChannelRead(data)
    }
}

import NIOCore
import NIOHTTP1

/// Answers the requests of one connection, one at a time: the next when the answer before was taken, so that nobody fills the memory by asking without
/// reading, or holds up the others. Ends it when the other side is too slow. Lives on the server's event loop.
final class WebConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a request may take to come, and an answer, or a piece of a long one, to be taken.
    static let patience = TimeAmount.seconds(10)
    /// How long a connection may be without a request.
    static let idle = TimeAmount.seconds(60)
    /// How long is read on after the last answer: to close at once could take it from a client that is still sending.
    static let farewell = TimeAmount.seconds(2)
    /// The longest target of a request, in bytes.
    private static let longestTarget = 2048
    /// The longest body that is read, to be ignored.
    private static let longestBody = 64 << 10

    private let pages: WebPages
    private let budget: HeadBudget
    private let ended: () -> Void
    private var head: HTTPRequestHead?
    private var bodyBytes = 0
    private var isAnswering = false
    /// What came while an answer was under way. Nothing is read meanwhile, so there is no more than one read brought.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var wantsToRead = false
    private var isLeaving = false
    private var deadline: Scheduled<Void>?

    /// `ended`: called once, when the connection has gone.
    init(pages: WebPages, budget: HeadBudget, ended: @escaping () -> Void) {
        self.pages = pages
        self.budget = budget
        self.ended = ended
    }

    func channelActive(context: ChannelHandlerContext) {
        wait(Self.patience, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        ended()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is HeadLimit.HeadBegan, !isAnswering, !isLeaving { wait(Self.patience, context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isAnswering { waiting.append(part) } else { take(part, context) }
    }

    func read(context: ChannelHandlerContext) {
        if isAnswering { wantsToRead = true } else { context.read() }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        if isLeaving { return }
        switch part {
        case .head(let head): (self.head, bodyBytes) = (head, 0)
        case .body(let part):
            guard head != nil else { return }
            bodyBytes += part.readableBytes
            if bodyBytes > Self.longestBody {
                answer(WebAnswer(.payloadTooLarge, text: "no request here has a body.", closes: true), context)
            }
        case .end:
            guard let head else { return }
            answer(answer(to: head), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isLeaving { return }
        guard error is HTTPParserError, !isAnswering else { return context.close(promise: nil) }
        // The decoder has its own limits of header fields.
        let isTooLong = (error as? HTTPParserError) == .headerOverflow || budget.pending > HeadBudget.most
        budget.isRefused = true
        head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        answer(
            isTooLong
                ? WebAnswer(.requestHeaderFieldsTooLarge, text: HeadBudget.words, closes: true)
                : WebAnswer(.badRequest, text: "this is no request of HTTP/1.1.", closes: true), context)
    }

    // MARK: - Parts

    private func answer(to head: HTTPRequestHead) -> WebAnswer {
        if head.uri.utf8.count > Self.longestTarget {
            return WebAnswer(.uriTooLong, text: "the target of a request may have \(Self.longestTarget) bytes.", closes: true)
        }
        let path = WebPath(rawValue: String(head.uri.prefix { $0 != "?" && $0 != "#" }))
        guard head.method == .GET || head.method == .HEAD else {
            var answer = WebAnswer(.methodNotAllowed, text: "this server only tells how a run stands; orders are given with cicada scale.")
            answer.headers.append(("Allow", "GET, HEAD"))
            return answer
        }
        guard let path else { return WebAnswer(.notFound, text: "there is nothing here; GET / lists what there is.") }
        return pages.answer(path)
    }

    private func answer(_ answer: WebAnswer, _ context: ChannelHandlerContext) {
        guard let request = head else { return }
        head = nil
        isAnswering = true
        wait(Self.patience, context)
        var (answer, file): (WebAnswer, FileReading?) = (answer, nil)
        if case .file(let path) = answer.content {
            file = FileReading(path: path)
            if file == nil { answer = WebAnswer(.notFound, text: "the file cannot be read.") }
        }
        let keepsAlive = request.isKeepAlive && !answer.closes
        var head = HTTPResponseHead(version: request.version, status: answer.status)
        head.headers.add(name: "Content-Type", value: answer.contentType)
        head.headers.add(name: "Cache-Control", value: "no-store")
        head.headers.add(name: "X-Content-Type-Options", value: "nosniff")
        for header in answer.headers { head.headers.add(name: header.name, value: header.value) }
        if !keepsAlive { head.headers.add(name: "Connection", value: "close") }
        switch answer.content {
        case .bytes(let bytes):
            head.headers.add(name: "Content-Length", value: "\(bytes.readableBytes)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
            finish(keepsAlive: keepsAlive, context)
        case .file:
            head.headers.add(name: "Content-Length", value: "\(file?.left ?? 0)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if let file, request.method != .HEAD {
                send(file, keepsAlive: keepsAlive, context)
            } else {
                finish(keepsAlive: keepsAlive, context)
            }
        }
    }

    /// Sends a file piece by piece: the next one when the one before was taken.
    private func send(_ file: FileReading, keepsAlive: Bool, _ context: ChannelHandlerContext) {
        guard let piece = file.next() else {
            // Less than was announced: only the end of the connection tells.
            return file.left > 0 ? context.close(promise: nil) : finish(keepsAlive: keepsAlive, context)
        }
        wait(Self.patience, context)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.send(file, keepsAlive: keepsAlive, context) }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: written)
    }

    private func finish(keepsAlive: Bool, _ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return context.close(promise: nil) }
            if !keepsAlive { self.leave(context) }
            // Others first.
            context.eventLoop.assumeIsolated().execute { self.goOn(context) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Says nothing more, and reads on until the other side has closed as well.
    private func leave(_ context: ChannelHandlerContext) {
        isLeaving = true
        context.close(mode: .output, promise: nil)
        wait(Self.farewell, context)
    }

    /// Takes what has come meanwhile.
    private func goOn(_ context: ChannelHandlerContext) {
        isAnswering = false
        if !isLeaving { wait(budget.pending > 0 ? Self.patience : Self.idle, context) }
        while !isAnswering, let part = waiting.popFirst() { take(part, context) }
        guard !isAnswering, wantsToRead else { return }
        wantsToRead = false
        context.read()
    }

    /// Ends the connection unless something happens within that time.
    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        guard context.channel.isActive else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }
}

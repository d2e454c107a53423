import NIOCore
import NIOHTTP1

/// Serves one connection: takes parsed requests, holds each for its latency, and writes the answers in the order of the requests.
///
/// One request of a connection is served at a time; what the client pipelines behind it waits here, and reading pauses when too
/// much waits. Lives on its connection's event loop; no other thread touches it.
final class ConnectionHandler: ChannelDuplexHandler, NIOScheduledCallbackHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Reading pauses while this many requests wait behind the one that is served.
    private static let pipelineLimit = 64

    private let behaviour: Behaviour
    private let counts: SharedCounts
    private let admission: Admission?
    private let resources: LoopResources

    private var context: ChannelHandlerContext?
    private var reader = RequestReader()
    private var served: RequestReader.Work?
    private var waiting: [RequestReader.Work] = []
    private var nextWaiting = 0
    private var holdsPlace = false
    private var insideReadBurst = false
    private var readPaused = false
    private var clientFinished = false
    private var closing = false

    /// - Parameters:
    ///   - behaviour: latency, failures and the like.
    ///   - counts: where answers are counted.
    ///   - admission: the process's limit on requests served at a time, if there is one.
    ///   - resources: those of the connection's event loop.
    init(behaviour: Behaviour, counts: SharedCounts, admission: Admission?, resources: LoopResources) {
        self.behaviour = behaviour
        self.counts = counts
        self.admission = admission
        self.resources = resources
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A request in service keeps its place until its latency is over, as a worker that nobody told would.
        closing = true
        waiting = []
        nextWaiting = 0
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        insideReadBurst = true
        if closing { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if reader.readHead(head), served == nil {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        case .body(let part):
            reader.readBody(part)
        case .end:
            if let work = reader.readEnd() { accept(work) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        insideReadBurst = false
        context.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if waiting.count - nextWaiting >= Self.pipelineLimit {
            readPaused = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            clientFinished = true
            if served == nil { close() }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if closing { return }
        guard error is HTTPParserError || error is ByteToMessageDecoderError else {
            close()
            return
        }
        insideReadBurst = false
        accept(RequestReader.malformed)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        finish()
        serveWaiting()
    }

    // MARK: Serving

    private func accept(_ work: RequestReader.Work) {
        if served == nil {
            serve(work)
            serveWaiting()
        } else {
            waiting.append(work)
        }
    }

    /// Serves what waits, until a request has to wait for its latency or its place.
    private func serveWaiting() {
        while served == nil, nextWaiting < waiting.count {
            let work = waiting[nextWaiting]
            nextWaiting += 1
            serve(work)
        }
        if nextWaiting == waiting.count, nextWaiting > 0 {
            waiting.removeAll(keepingCapacity: false)
            nextWaiting = 0
        }
        if readPaused, waiting.count - nextWaiting < Self.pipelineLimit {
            readPaused = false
            context?.read()
        }
        if served == nil, clientFinished { close() }
    }

    private func serve(_ work: RequestReader.Work) {
        served = work
        // The report must be had while the application is saturated.
        if work.route.path == .counts {
            finish()
            return
        }
        if let admission, let context {
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            let admitted = admission.enter {
                eventLoop.execute { handler.value.begin(afterWaiting: true) }
            }
            guard admitted else { return }
            holdsPlace = true
        }
        begin(afterWaiting: false)
    }

    private func begin(afterWaiting: Bool) {
        if afterWaiting {
            holdsPlace = true
            if closing {
                finish()
                return
            }
        }
        let nanoseconds = behaviour.latency.draw(using: &resources.generator)
        if nanoseconds > 0, let context {
            do {
                try context.eventLoop.assumeIsolated().scheduleCallback(in: .nanoseconds(nanoseconds), handler: self)
                return
            } catch {
                // Only a loop that is shutting down refuses; the answer then goes out at once.
            }
        }
        finish()
        if afterWaiting { serveWaiting() }
    }

    /// Counts and writes the answer of the request in service and gives its place back.
    private func finish() {
        defer {
            if holdsPlace {
                holdsPlace = false
                admission?.leave()
            }
        }
        guard let work = served else { return }
        served = nil
        guard let context, !closing else { return }
        let answer = answer(to: work)
        var connection = work.connection
        let isLastOfClient = clientFinished && nextWaiting == waiting.count
        if behaviour.closeConnections || isLastOfClient { connection = .close }
        counts.count(work.route, answer.status)
        let bytes = resources.renderer.render(answer, connection: connection, withBody: work.withBody)
        if connection == .close {
            closing = true
            waiting = []
            nextWaiting = 0
            // Closing drops what the kernel has not taken yet, so it waits for the write.
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
        } else if insideReadBurst {
            context.write(wrapOutboundOut(bytes), promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private func answer(to work: RequestReader.Work) -> Answer {
        guard let answer = work.answer else { return .counts(counts.report()) }
        if answer.status == .ok, behaviour.failureRate.strikes(using: &resources.generator) { return .failure }
        return answer
    }

    private func close() {
        if closing { return }
        closing = true
        context?.close(promise: nil)
    }
}

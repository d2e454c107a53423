import Glibc
import NIOCore

/// Says once, on standard error, why connections are not being accepted; without it a lack of descriptors would go unseen.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Channel

    private let report: @Sendable (String) -> Void
    private var reported = false

    /// - Parameter report: takes one sentence.
    init(report: @escaping @Sendable (String) -> Void) {
        self.report = report
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !reported {
            reported = true
            if let error = error as? IOError, error.errnoCode == EMFILE || error.errnoCode == ENFILE {
                report("no descriptors are left for more connections; raise the limit (ulimit -n) or use more --processes. Said once.")
            } else {
                report("cannot accept a connection: \(error). Said once.")
            }
        }
        context.fireErrorCaught(error)
    }
}

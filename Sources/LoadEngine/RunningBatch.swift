import HTTPTransport
import LoadModel
import Statistics

/// Requests that one user has sent, or is to send, at once.
final class RunningBatch {
    /// One of the requests.
    struct Item {
        /// The name under which it is counted; nil: not sent yet.
        var request: RequestID?
        /// Its end; its memory is held until the user has seen the outcome. nil: it has not ended.
        var finished: CurlTransport.Finished?
    }

    /// In the user's order.
    var items: [Item]
    /// Requests that wait for connections, with what is to be sent; empty: all were sent as they were asked for.
    var waiting: [BatchRequest] = []
    /// So many of the items, from the first on, were handed to the transport.
    var sent = 0
    var underWay = 0
    /// When the last of those that have ended did.
    var end: Int64 = 0
    /// True: what was not sent yet never will be. The user's step ends with the last request under way.
    var isCutShort = false

    /// `due`: what the batch ends with when nothing does.
    init(count: Int, due: Int64) {
        items = Array(repeating: Item(), count: count)
        end = due
    }

    /// Whether nothing more is to be sent or awaited.
    var isOver: Bool { underWay == 0 && (sent == items.count || isCutShort) }
}

import NIOCore
import NIOHTTP1

/// What is answered to those who watch the process, as Kubernetes' probes do, and to those who fetch the result of a run that has ended.
struct ProcessPages {
    /// A master's thread that has not come by for so long stands still.
    static let longestAbsence = TimeAmount.seconds(10)
    /// Who asks for the result too early may ask again after so many seconds.
    private static let askAgainSeconds = 5

    /// When the master's thread last came by; nil: it has not begun to take workers.
    let seenAt: NIODeadline?
    /// What the run has left; nil: it goes on.
    let ending: () -> RunBoard.Ending?
    let now: NIODeadline

    /// What a path answers with; nil: it is none of these.
    func answer(_ path: WebPath) -> WebAnswer? {
        switch path {
        case .health: health
        case .readiness: seenAt == nil ? WebAnswer(.serviceUnavailable, text: "no workers are taken yet.") : WebAnswer(.ok, text: "ok")
        case .result: result(contentType: "application/json") { json, _ in json }
        case .resultJUnit: result(contentType: "application/xml") { _, junit in junit }
        default: nil
        }
    }

    /// A process that reads a long state or script before it begins is not taken for dead.
    private var health: WebAnswer {
        guard let seenAt, now - seenAt > Self.longestAbsence else { return WebAnswer(.ok, text: "ok") }
        let seconds = (now - seenAt).nanoseconds / 1_000_000_000
        return WebAnswer(.serviceUnavailable, text: "the master's thread has not come by for \(seconds) s.")
    }

    private func result(contentType: String, _ choose: (_ json: String, _ junit: String) -> String) -> WebAnswer {
        switch ending() {
        case .result(let json, let junit):
            var answer = WebAnswer(.ok, .bytes(ByteBuffer(string: choose(json, junit))))
            answer.contentType = contentType
            return answer
        case .nothing(let words): return WebAnswer(.notFound, text: words)
        case nil:
            var answer = WebAnswer(.serviceUnavailable, text: "the run has not ended yet; ask again later.")
            answer.headers.append(("Retry-After", "\(Self.askAgainSeconds)"))
            return answer
        }
    }
}

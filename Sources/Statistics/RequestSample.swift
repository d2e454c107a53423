import LoadModel

/// A request's group (method and name) as one recorder numbers it. Meaningless to any other recorder.
package struct RequestID: Sendable, Hashable {
    /// From 0, dense.
    package let rawValue: Int32

    init(_ value: Int) { rawValue = Int32(truncatingIfNeeded: value) }
}

/// A failure (request and reason) as one recorder numbers it. Meaningless to any other recorder.
package struct FailureID: Sendable, Hashable {
    /// From 0, dense; -1 for "no failure".
    package let rawValue: Int32

    /// The request was a success.
    package static let none = FailureID(-1)

    init(_ value: Int) { rawValue = Int32(truncatingIfNeeded: value) }
}

/// One finished request, with an answer or without; not one that was cut off at the stop (`countInterrupted`).
package struct RequestSample: Sendable {
    package var request: RequestID
    /// From handing the request to the transport to the last byte of the body, or to the failure.
    package var serviceTimeNanoseconds: Int64
    /// From the intended start to the same end. Equals the service time where nothing was late.
    package var responseTimeNanoseconds: Int64
    package var phases: PhaseTimes
    /// Bytes of the body as received.
    package var receivedBytes: Int64
    /// `.none` for a success.
    package var failure: FailureID
    /// Status code; 0 when there was no answer.
    package var status: Int32

    package init(
        request: RequestID, serviceTimeNanoseconds: Int64, responseTimeNanoseconds: Int64, phases: PhaseTimes = PhaseTimes(),
        receivedBytes: Int64 = 0, failure: FailureID = .none, status: Int32 = 0
    ) {
        self.request = request
        self.serviceTimeNanoseconds = serviceTimeNanoseconds
        self.responseTimeNanoseconds = responseTimeNanoseconds
        self.phases = phases
        self.receivedBytes = receivedBytes
        self.failure = failure
        self.status = status
    }
}

/// What became of one request, as the transport hands it back.
///
/// `body`, `headers` and `finalURL` point into the transport's memory: valid only while the user that asked is being resumed with this outcome.
package struct RequestOutcome {
    /// The status code; 0 when there was no answer.
    package var status: Int32 = 0
    /// Why there was no whole answer, in words fit for a table ("Connection refused"); nil when there was one.
    package var transportFailure: String?
    /// From handing the request over to the last byte of the body.
    package var serviceTimeNanoseconds: Int64 = 0
    /// Of the last hop, where redirects were followed.
    package var phases = PhaseTimes()
    /// Of the hops before the last one, in their order; empty: no redirect was followed.
    package var earlierHops: [PhaseTimes] = []
    /// Where the last hop went, as text; empty when no redirect was followed.
    package var finalURL = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Bytes of the body as they came over the wire (compressed, if so sent).
    package var receivedBytes: Int64 = 0
    /// The body after decompression; shorter than the answer when `isBodyTruncated`.
    package var body = UnsafeRawBufferPointer(start: nil, count: 0)
    /// True when the body was longer than the transport keeps for scripts.
    package var isBodyTruncated = false
    /// The last answer's header block: status line and header lines, each ended by CR LF.
    package var headers = UnsafeRawBufferPointer(start: nil, count: 0)

    package init() {}
}

/// One request as a virtual user asks for it. An engine thread has one draft and uses it for every request in turn.
///
/// Owned by one engine thread. Filled by the virtual user, read by the transport, emptied by `reset()`.
package struct RequestDraft: ~Copyable {
    /// What a body says of itself when the script has not set a `Content-Type` header.
    package enum BodyKind: UInt8, Sendable { case none, form, json, raw }

    package var method: HTTPMethod = .get
    /// An absolute URL, or a path with query that is put behind the target's host. Percent-encoded already.
    package var target = ByteBuffer()
    /// The name under which the request is counted; empty: `target` is the name.
    package var name = ByteBuffer()
    /// The body; meaningless when `bodyKind` is `.none`.
    package var body = ByteBuffer(capacity: 256)
    package var bodyKind: BodyKind = .none
    /// Header lines `Name: value`, each ended by a NUL byte. No CR, LF or further NUL inside.
    package var headers = ByteBuffer()
    /// The whole request, redirects included, may take so long; 0: as long as the transport allows.
    package var timeoutMilliseconds: Int32 = 0
    /// Redirects that are followed; 0: the first answer is the answer; below 0: the transport's own limit.
    package var mostRedirects: Int16 = -1
    /// True: the user's cookies are forgotten before the request is sent.
    package var clearsCookies = false

    package init() {}

    /// Makes the draft empty for the next request; keeps its memory.
    package mutating func reset() {
        method = .get
        target.removeAll()
        name.removeAll()
        body.removeAll()
        bodyKind = .none
        headers.removeAll()
        timeoutMilliseconds = 0
        mostRedirects = -1
        clearsCookies = false
    }
}

extension RequestDraft {
    /// A draft of its own with the same contents, for a request that has to wait its turn.
    package func copy() -> RequestDraft {
        var copy = RequestDraft()
        copy.method = method
        copy.target.append(target.bytes)
        copy.name.append(name.bytes)
        copy.body.append(body.bytes)
        copy.bodyKind = bodyKind
        copy.headers.append(headers.bytes)
        copy.timeoutMilliseconds = timeoutMilliseconds
        copy.mostRedirects = mostRedirects
        copy.clearsCookies = clearsCookies
        return copy
    }
}

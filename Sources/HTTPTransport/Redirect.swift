import LoadModel

/// What an answer that points elsewhere asks of a client, and what becomes of its request (RFC 9110, section 15.4; the Fetch standard,
/// "HTTP-redirect fetch"). Pure: bytes in, decisions out.
enum Redirect {
    /// Redirects that are followed when a request does not say how many.
    static let mostByDefault = 10

    /// The status of a header block, if it is one of those that redirect; nil: it is another, or none can be read.
    static func status(in headers: UnsafeRawBufferPointer) -> Int? {
        guard let space = headers.prefix(16).firstIndex(of: UInt8(ascii: " ")), headers.count > space + 3 else { return nil }
        var status = 0
        for position in space + 1...space + 3 {
            let digit = Int(headers[position]) - 48
            guard (0...9).contains(digit) else { return nil }
            status = status * 10 + digit
        }
        return [301, 302, 303, 307, 308].contains(status) ? status : nil
    }

    /// The value of the first `Location` field of a header block; nil when there is none or it is empty: then there is nowhere to go.
    static func location(in headers: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for line in headers.split(separator: UInt8(ascii: "\n")) {
            guard isNamed("location", line) else { continue }
            var value = line.dropFirst("location:".utf8.count)
            while let first = value.first, isSpace(first) { value = value.dropFirst() }
            while let last = value.last, isSpace(last) { value = value.dropLast() }
            return value.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: value)
        }
        return nil
    }

    /// Whether the next request is a GET without a body. 307 and 308 keep method and body; of the others, 303 keeps only GET and HEAD, while 301
    /// and 302 change nothing but POST, as browsers have always done.
    static func becomesGet(status: Int, method: HTTPMethod) -> Bool {
        switch status {
        case 301, 302: method == .post
        case 303: method != .get && method != .head
        default: false
        }
    }

    /// Whether a header line of the request is left out of the next one: what describes a body, when there is none any more; what is meant for
    /// one server only, when the next one is another.
    static func drops(_ line: UnsafeRawBufferPointer, becomesGet: Bool, leavesOrigin: Bool) -> Bool {
        let line = line[...]
        if becomesGet && bodyFields.contains(where: { isNamed($0, line) }) { return true }
        return leavesOrigin && originFields.contains(where: { isNamed($0, line) })
    }

    private static let bodyFields: [StaticString] = ["content-type", "content-encoding", "content-language", "content-location"]
    private static let originFields: [StaticString] = ["authorization", "cookie", "host"]

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Whether a line is `name:…`, or `name;`, which is libcurl's way of writing a field without a value. `name` is in lower case.
    private static func isNamed(_ name: StaticString, _ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        let count = name.utf8CodeUnitCount
        guard line.count > count else { return false }
        let end = line[line.startIndex + count]
        guard end == UInt8(ascii: ":") || end == UInt8(ascii: ";") else { return false }
        for position in 0..<count {
            let byte = line[line.startIndex + position]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            if lower != name.utf8Start[position] { return false }
        }
        return true
    }
}

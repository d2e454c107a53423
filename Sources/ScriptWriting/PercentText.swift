/// Percent-encoding in URLs and forms (RFC 3986, and the URL standard's `application/x-www-form-urlencoded`).
enum PercentText {
    /// A text with its `%XX` replaced; nil when a `%` is not followed by two digits or the result is no UTF-8.
    static func decoded(_ text: String, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(32)
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Fields of a form or a query in their order; nil when it is written differently (`?flag`, `?a;b`).
    static func fields(_ text: String) -> [RecordedRequest.Pair]? {
        var pairs: [RecordedRequest.Pair] = []
        for part in text.split(separator: "&", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let name = decoded(String(sides[0]), plusIsSpace: true),
                let value = decoded(String(sides[1]), plusIsSpace: true), !name.isEmpty
            else { return nil }
            pairs.append(RecordedRequest.Pair(name, value))
        }
        return pairs
    }

    /// As it is encoded in a form: for curl's `--data-urlencode`.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += percent(byte)
            }
        }
        return result
    }

    /// `name:password` as a URL holds it; variables of the shell stay.
    static func encodedCredentials(_ text: String) -> String {
        text.contains("$")
            ? text
            : text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { encoded(String($0)) }.joined(separator: ":")
    }

    /// What a URL cannot hold as it is: spaces, control characters, quotes, brackets that curl would expand.
    static func fit(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value <= 32 || scalar.value == 127 || "\"<>\\^`{|}".unicodeScalars.contains(scalar) {
                result += percent(UInt8(scalar.value))
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func percent(_ byte: UInt8) -> String { "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
}

/// A `multipart/form-data` body as a recording holds it (RFC 7578).
enum MultipartText {
    /// Its parts; nil when the text is none.
    static func parts(_ text: String, contentType: String) -> [RecordedRequest.Part]? {
        guard let boundary = parameter("boundary", of: contentType), !boundary.isEmpty else { return nil }
        // Line ends are told apart by bytes: Swift takes CR LF for one character.
        let pieces = split(Array(text.utf8), by: Array("--\(boundary)".utf8))
        guard pieces.count >= 3 else { return nil }
        var parts: [RecordedRequest.Part] = []
        for piece in pieces.dropFirst().dropLast() {
            let lines = split(piece, by: Array("\r\n\r\n".utf8), atMost: 1)
            guard lines.count == 2 else { return nil }
            let head = String(decoding: lines[0], as: UTF8.self)
            let value = String(decoding: lines[1].suffix(2) == [13, 10] ? lines[1].dropLast(2) : lines[1][...], as: UTF8.self)
            var part = RecordedRequest.Part(name: "", value: value)
            for line in head.split(whereSeparator: \.isNewline) {
                let lower = line.lowercased()
                if lower.hasPrefix("content-disposition:") {
                    guard let name = parameter("name", of: String(line)) else { return nil }
                    part.name = name
                    part.fileName = parameter("filename", of: String(line))
                } else if lower.hasPrefix("content-type:") {
                    part.contentType = String(line.dropFirst("content-type:".count).drop { $0 == " " })
                }
            }
            parts.append(part)
        }
        return parts
    }

    /// `name="value"` or `name=value` behind a semicolon.
    private static func parameter(_ name: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let trimmed = piece.drop { $0 == " " }
            guard trimmed.lowercased().hasPrefix("\(name)=") else { continue }
            let value = trimmed.dropFirst(name.count + 1)
            return value.hasPrefix("\"") ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value.prefix { $0 != " " })
        }
        return nil
    }

    private static func split(_ bytes: [UInt8], by separator: [UInt8], atMost most: Int = .max) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        var index = 0
        while index + separator.count <= bytes.count, pieces.count < most {
            if bytes[index] == separator[0], bytes[index..<index + separator.count].elementsEqual(separator) {
                pieces.append(Array(bytes[start..<index]))
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        return pieces + [Array(bytes[start...])]
    }
}

import Foundation

/// A recording of a browser, as far as scripts are made of it.
///
/// Source: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), and what browsers add under names that begin with `_`.
struct HARFile: Decodable {
    struct Log: Decodable {
        var creator: Creator?
        var browser: Creator?
        var pages: [Page]?
        var entries: [Entry]
    }

    struct Creator: Decodable {
        var name: String
        var version: String?
    }

    struct Page: Decodable {
        var id: String
        var title: String?
        var startedDateTime: String?
    }

    struct Entry: Decodable {
        var pageref: String?
        var startedDateTime: String?
        /// Milliseconds.
        var time: Double?
        var request: Request
        var response: Response?
        var resourceType: String?

        private enum CodingKeys: String, CodingKey {
            case pageref, startedDateTime, time, request, response
            case resourceType = "_resourceType"
        }
    }

    struct Request: Decodable {
        var method: String
        var url: String
        var headers: [NamedValue]?
        var postData: PostData?
    }

    struct PostData: Decodable {
        var mimeType: String?
        var text: String?
        var params: [Parameter]?
    }

    struct Parameter: Decodable {
        var name: String
        var value: String?
        var fileName: String?
        var contentType: String?
    }

    struct NamedValue: Decodable {
        var name: String
        var value: String
    }

    struct Response: Decodable {
        var status: Int?
        var headers: [NamedValue]?
        var redirectURL: String?
        var content: Content?
    }

    struct Content: Decodable {
        var mimeType: String?
    }

    var log: Log

    /// The largest file that is read, in bytes.
    static let largestSize = 512 << 20

    /// Reads a file's bytes. Throws an `ImportError` that says where the file is broken.
    init(_ bytes: [UInt8], file: String) throws(ImportError) {
        let remedy = "save it again: in the browser's network tab, \"Save all as HAR\""
        if bytes.count > Self.largestSize {
            throw ImportError(
                "the file has \(bytes.count >> 20) MiB; at most \(Self.largestSize >> 20) MiB are read", at: file,
                remedy: "save it without the contents of answers, or record less")
        }
        var content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let first = content.first(where: { $0 != 32 && $0 != 9 && $0 != 10 && $0 != 13 }) else {
            throw ImportError("the file is empty", at: file, remedy: remedy)
        }
        if first != UInt8(ascii: "{") {
            throw ImportError("this is no HAR file: it does not begin with {", at: file, remedy: remedy)
        }
        do {
            self = try JSONDecoder().decode(HARFile.self, from: Data(content))
            content = []
        } catch let error as DecodingError {
            throw Self.importError(error, of: content, file: file, remedy: remedy)
        } catch {
            throw ImportError("this is no HAR file: \(error)", at: file, remedy: remedy)
        }
    }

    // MARK: - Errors

    private static func importError(_ error: DecodingError, of bytes: ArraySlice<UInt8>, file: String, remedy: String) -> ImportError {
        switch error {
        case .keyNotFound(let key, let context):
            return ImportError("'\(key.stringValue)' is missing", at: place(context, file), remedy: "this is no HAR 1.2 file; \(remedy)")
        case .typeMismatch(let type, let context):
            return ImportError("must be \(words(type))", at: place(context, file), remedy: "this is no HAR 1.2 file; \(remedy)")
        case .valueNotFound(let type, let context):
            return ImportError("is null and must be \(words(type))", at: place(context, file), remedy: "this is no HAR 1.2 file; \(remedy)")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return ImportError(brokenJSON(context, bytes), at: file, remedy: remedy)
        case .dataCorrupted(let context): return ImportError("cannot be read", at: place(context, file), remedy: remedy)
        @unknown default: return ImportError("this is no HAR file", at: file, remedy: remedy)
        }
    }

    /// `shop.har: log.entries[4].request`
    private static func place(_ context: DecodingError.Context, _ file: String) -> String {
        var path = ""
        for key in context.codingPath {
            if let index = key.intValue { path += "[\(index)]" } else { path += path.isEmpty ? key.stringValue : ".\(key.stringValue)" }
        }
        return path.isEmpty ? file : "\(file): \(path)"
    }

    private static func words(_ type: Any.Type) -> String {
        if type == String.self { return "a text" }
        if type == Int.self || type == Double.self { return "a number" }
        if String(describing: type).hasPrefix("Dictionary") { return "an object" }
        if type is any Collection.Type { return "a list" }
        return "an object"
    }

    /// Where the JSON is broken; a file that ends too early is the usual reason.
    private static func brokenJSON(_ context: DecodingError.Context, _ bytes: ArraySlice<UInt8>) -> String {
        let last = bytes.last { $0 != 32 && $0 != 9 && $0 != 10 && $0 != 13 }
        if last != UInt8(ascii: "}") { return "the file ends in the middle: it was cut off" }
        let words = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
        return "this is no JSON\(words.map { ": \($0)" } ?? "")"
    }
}

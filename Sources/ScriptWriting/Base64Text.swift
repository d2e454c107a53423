import Foundation

/// Base64 as it stands in headers and recordings.
enum Base64Text {
    /// The text that is encoded; nil when it is no base64, or no UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        guard let data = Data(base64Encoded: String(text)) else { return nil }
        return String(validating: data, as: UTF8.self)
    }
}

import Foundation
import Testing

/// Compares text with a file in `Golden/`. With `CICADA_WRITE_GOLDEN=1` in the environment the file is written instead.
func expectGolden(_ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["CICADA_WRITE_GOLDEN"] == "1" {
        try Data(text.utf8).write(to: file)
        return
    }
    let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    if text == expected { return }
    func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    let difference = zip(lines(text), lines(expected)).enumerated().first { $1.0 != $1.1 }
    let place = difference.map { "line \($0.offset + 1):\n  is       \($0.element.0.prefix(300))\n  should be \($0.element.1.prefix(300))" }
    Issue.record("\(name) differs: \(place ?? "in length")", sourceLocation: sourceLocation)
}

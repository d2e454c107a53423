import EventLoop
import Foundation
import Glibc
import Synchronization
import TestServers

/// Where checks are made: the programs under test, a folder for files, and how thorough to be. Its calls block.
package final class Workbench: Sendable {
    /// How much is done.
    package enum Effort: Sendable {
        /// As `make accuracy` has it.
        case whole
        /// As a part of the tests, in a debug build beside whatever else a machine does: fewer and shorter runs, wider bars.
        case part
    }

    package let effort: Effort
    /// The folder for files; removed with the value.
    package let folder: String

    /// Makes the folder.
    package init(effort: Effort) throws {
        self.effort = effort
        folder = FileManager.default.temporaryDirectory.appending(path: "cicada-accuracy-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// One of two values by the effort.
    package func choose<Value>(whole: Value, part: Value) -> Value { effort == .whole ? whole : part }

    /// A path in the folder that nobody else uses.
    package func path(_ name: String) -> String { "\(folder)/\(UUID())-\(name)" }

    /// Writes a text to a file and answers with its path.
    package func file(_ name: String, _ content: String) throws -> String {
        let path = path(name)
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Does work for each index, so many at a time, each on a thread of its own; the first error is thrown when all have ended.
    package func forEach<Value: Sendable>(_ count: Int, atATime width: Int, _ work: @escaping @Sendable (Int) throws -> Value) throws
        -> [Value]
    {
        let results = ResultBox<Value>(count)
        let threads = try (0..<min(width, count)).map { lane in
            try OSThread(name: "lane-\(lane)") {
                for index in stride(from: lane, to: count, by: width) { results.set(index, Result { try work(index) }) }
            }
        }
        for thread in threads { thread.join() }
        return try results.all()
    }
}

/// Results of several threads, by number.
private final class ResultBox<Value: Sendable>: Sendable {
    private let results: Mutex<[Result<Value, any Error>?]>

    init(_ count: Int) { results = Mutex([Result<Value, any Error>?](repeating: nil, count: count)) }

    func set(_ index: Int, _ result: Result<Value, any Error>) { results.withLock { $0[index] = result } }
    func all() throws -> [Value] { try results.withLock { try $0.compactMap { try $0?.get() } } }
}

/// What keeps a check from being made.
package struct AccuracyError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

import Foundation

/// When each request was read, in nanoseconds of `CLOCK_MONOTONIC`, in order: as a file of little-endian 64-bit numbers.
package struct ArrivalLog: Sendable {
    package private(set) var times: [Int64] = []

    package init() { times.reserveCapacity(1 << 16) }

    /// Reads a file that `write` wrote.
    package init(path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        times = data.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
        }
    }

    /// Notes one.
    package mutating func add(_ nanoseconds: Int64) { times.append(nanoseconds) }

    /// Writes all to a file.
    package func write(path: String) throws {
        let data = times.withUnsafeBytes { Data($0) }
        try data.write(to: URL(fileURLWithPath: path))
    }
}

import Glibc
import NIOCore

/// A file that is read piece by piece, up to the length that it had when it was opened. Owns its descriptor.
final class FileReading {
    /// Bytes of a piece.
    private static let piece = 256 << 10

    private let descriptor: Int32
    /// Bytes that are still to come.
    private(set) var left: Int

    /// Nil when it cannot be opened.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        // Only whole rows of a file that grows: its writer appends them in one call.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        left = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The next piece; nil: there is none, or it cannot be read.
    func next() -> ByteBuffer? {
        guard left > 0 else { return nil }
        var buffer = ByteBufferAllocator().buffer(capacity: min(left, Self.piece))
        let wanted = min(left, Self.piece)
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
            max(0, read(descriptor, bytes.baseAddress, wanted))
        }
        guard count > 0 else { return nil }
        left -= count
        return buffer
    }
}

import Glibc

/// An open descriptor with one owner, closed when the owner lets go of it and never inherited unless a spawn asks for it.
struct OwnedDescriptor: ~Copyable {
    /// The descriptor.
    let number: Int32

    /// - Parameter number: an open descriptor; owned from here on.
    init(_ number: Int32) {
        self.number = number
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Gives the descriptor to a new owner that will close it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Makes a file that exists in memory only and has no name.
    ///
    /// - Parameter byteCount: its size; it reads as zeros.
    /// - Throws: ``WebappError`` with code `notStarted`.
    static func memory(byteCount: Int) throws -> OwnedDescriptor {
        let name = "/sample-webapp-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let number = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard number >= 0 else {
            throw WebappError(
                .notStarted, errno: errno,
                "cannot make shared memory for counting requests (/dev/shm): \(String(cString: strerror(errno))).")
        }
        shm_unlink(name)
        let descriptor = OwnedDescriptor(number)
        guard ftruncate(number, byteCount) == 0 else {
            throw WebappError(
                .notStarted, errno: errno, "cannot size the shared memory for counting requests: \(String(cString: strerror(errno))).")
        }
        return descriptor
    }
}

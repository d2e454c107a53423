import CSodium

/// Numbers that nobody can guess, from the system's generator by way of libsodium. Any thread.
package enum RandomBytes {
    /// Any 64 bits: routing ids, session numbers.
    package static func uint64() -> UInt64 {
        Sodium.ready()
        var value: UInt64 = 0
        randombytes_buf(&value, MemoryLayout<UInt64>.size)
        return value
    }

    /// As many bytes as asked for.
    package static func bytes(_ count: Int) -> [UInt8] {
        Sodium.ready()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }
}

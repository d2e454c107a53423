import Glibc

/// Pieces of text, one after the other in one block of memory: what a data file's rows are kept in, since a million small arrays or strings would
/// take many times their size.
///
/// Filled by one thread, and only read from when it is shared: hence the unchecked `Sendable`.
final class DataCells: @unchecked Sendable {
    private var bytes: UnsafeMutableRawPointer
    private let capacity: Int
    private var held = 0
    /// Of each piece, where it ends; it begins where the one before ends.
    private var ends: UnsafeMutablePointer<UInt32>
    private var endsCapacity = 1024
    /// Number of pieces.
    private(set) var count = 0

    /// No pieces yet; together they may have at most `capacity` bytes, fewer than 4 GiB. Memory that is not filled is not taken from the machine.
    init(capacity: Int) {
        precondition(capacity <= Int(UInt32.max), "a piece's end does not fit into 32 bits")
        self.capacity = max(capacity, 16)
        bytes = Self.resized(nil, to: self.capacity)
        ends = Self.resized(nil, to: endsCapacity * 4).bindMemory(to: UInt32.self, capacity: endsCapacity)
    }

    deinit {
        free(bytes)
        free(ends)
    }

    /// Adds a piece.
    func append(_ piece: UnsafeRawBufferPointer) {
        precondition(held + piece.count <= capacity, "more bytes than there is room for")
        if let start = piece.baseAddress { memcpy(bytes + held, start, piece.count) }
        held += piece.count
        if count == endsCapacity { resizeEnds(to: endsCapacity * 2) }
        ends[count] = UInt32(truncatingIfNeeded: held)
        count += 1
    }

    /// Gives back the memory that was not needed; nothing is added from now on.
    func close() {
        bytes = Self.resized(bytes, to: max(held, 16))
        resizeEnds(to: max(count, 1))
    }

    /// A piece; its address holds as long as this object lives, once it is closed.
    subscript(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "there is no such piece")
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return UnsafeRawBufferPointer(start: bytes + start, count: Int(ends[index]) - start)
    }

    private func resizeEnds(to capacity: Int) {
        ends = Self.resized(ends, to: capacity * 4).bindMemory(to: UInt32.self, capacity: capacity)
        endsCapacity = capacity
    }

    private static func resized(_ block: UnsafeMutableRawPointer?, to size: Int) -> UnsafeMutableRawPointer {
        guard let block = realloc(block, size) else { fatalError("no memory for \(size) bytes of a data file") }
        return block
    }
}

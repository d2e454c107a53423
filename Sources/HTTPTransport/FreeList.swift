/// Small integers in the order in which they were appended, with removal from the middle: a doubly linked list in two arrays.
///
/// Each integer is held at most once. All operations are O(1), apart from growth.
struct FreeList {
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var first: Int32 = Self.end
    private var last: Int32 = Self.end
    private static let end: Int32 = -1
    private static let absent: Int32 = -2

    func contains(_ value: Int) -> Bool { value < next.count && next[value] != Self.absent }

    /// Appends a value; one that is held already moves to the end.
    mutating func append(_ value: Int) {
        remove(value)
        while next.count <= value {
            next.append(Self.absent)
            previous.append(Self.absent)
        }
        next[value] = Self.end
        previous[value] = last
        if last == Self.end { first = Int32(value) } else { next[Int(last)] = Int32(value) }
        last = Int32(value)
    }

    /// Takes the value that was appended the longest ago.
    mutating func popFirst() -> Int? {
        guard first != Self.end else { return nil }
        let value = Int(first)
        remove(value)
        return value
    }

    /// Takes the value that was appended last.
    mutating func popLast() -> Int? {
        guard last != Self.end else { return nil }
        let value = Int(last)
        remove(value)
        return value
    }

    /// Removes a value, if it is held.
    mutating func remove(_ value: Int) {
        guard contains(value) else { return }
        let after = next[value]
        let before = previous[value]
        if before == Self.end { first = after } else { next[Int(before)] = after }
        if after == Self.end { last = before } else { previous[Int(after)] = before }
        next[value] = Self.absent
        previous[value] = Self.absent
    }
}

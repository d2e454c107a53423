import CMessagePack

/// The values of an array.
///
/// Valid only within the body of `MessagePackReader.read`.
package struct MessagePackArray {
    private let first: UnsafePointer<msgpack_object>?
    private let root: UnsafePointer<msgpack_object>

    /// Number of values.
    package let count: Int

    /// An array below `root`.
    init(first: UnsafePointer<msgpack_object>?, count: Int, root: UnsafePointer<msgpack_object>) {
        self.first = first
        self.count = count
        self.root = root
    }

    /// The value at a position below `count`.
    package subscript(position: Int) -> MessagePackValue {
        guard let first, position >= 0, position < count else { preconditionFailure("no such value") }
        return MessagePackValue(object: first + position, root: root)
    }

    /// What `body` makes of each value.
    package func map<Element>(_ body: (MessagePackValue) throws(WireError) -> Element) throws(WireError) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for position in 0..<count { elements.append(try body(self[position])) }
        return elements
    }
}

/// The pairs of a map.
///
/// Valid only within the body of `MessagePackReader.read`.
package struct MessagePackMap {
    /// Keys at even positions, each with its value behind it.
    private let members: MessagePackArray
    private let value: MessagePackValue

    /// A map with these keys and values; `value` is the map itself.
    init(members: MessagePackArray, value: MessagePackValue) {
        self.members = members
        self.value = value
    }

    /// Number of pairs.
    package var count: Int { members.count / 2 }

    /// The value of a key that must be there; it may be nil. A key that is there twice is an error.
    /// - Complexity: O(pairs)
    package func required(_ key: StaticString) throws(WireError) -> MessagePackValue {
        guard let value = try find(key) else { throw value.error(.missing, key: key, "is missing") }
        return value
    }

    /// The value of a key; no value when the key is not there, or when it is nil.
    /// - Complexity: O(pairs)
    package func optional(_ key: StaticString) throws(WireError) -> MessagePackValue? {
        guard let value = try find(key), !value.isNull else { return nil }
        return value
    }

    /// All pairs in their order.
    package func forEach(_ body: (_ key: MessagePackValue, _ value: MessagePackValue) throws(WireError) -> Void) throws(WireError) {
        for index in 0..<count { try body(members[2 * index], members[2 * index + 1]) }
    }

    /// The pairs as counts of whole numbers, in their order; nil when anything in it is no whole number from 0 to a greatest one. In one call for the
    /// whole map, since thousands of these are read in a second.
    package func counts(upTo greatestNumber: Int64, _ greatestCount: Int64) -> [NumberCount]? {
        var counts: [NumberCount] = []
        counts.reserveCapacity(count)
        for index in 0..<count {
            guard let number = members[2 * index].wholeNumber, number <= greatestNumber,
                let count = members[2 * index + 1].wholeNumber, count <= greatestCount
            else { return nil }
            counts.append(NumberCount(number, count))
        }
        return counts
    }

    private func find(_ key: StaticString) throws(WireError) -> MessagePackValue? {
        var found: MessagePackValue?
        for index in 0..<count where members[2 * index].isString(key) {
            if found != nil { throw value.error(.invalid, key: key, "is there twice") }
            found = members[2 * index + 1]
        }
        return found
    }
}

/// How often a whole number occurred.
package struct NumberCount: Sendable, Equatable {
    package var key: Int64
    package var count: Int64

    package init(_ key: Int64, _ count: Int64) {
        self.key = key
        self.count = count
    }
}

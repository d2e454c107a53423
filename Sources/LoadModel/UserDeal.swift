import Glibc

/// Deals users to classes one by one so that at every count the shares are as near to the weights as whole users allow.
///
/// The order is Locust's, so that the same plan gives the same users there and here: the next user goes to the class with the smallest
/// w·log2((w + n) / (w + n + 1)), w being its weight and n its users so far; ties go to the smaller w + n + 1, then the smaller w,
/// then the name. Only ratios of weights matter. Classes with a fixed count are filled before, in their order; they count against the total.
package struct UserDeal: Sendable {
    private struct Share {
        var index: Int
        var name: String
        var weight: Double
        /// So many users come first; nil: by weight.
        var fixedCount: Double?
        var count: Double = 0 { didSet { key = Self.key(weight, count) } }
        /// Kept, since logarithms are dear and few of them change with a user.
        private(set) var key: Double

        init(index: Int, name: String, weight: Double, fixedCount: Int?) {
            self.index = index
            self.name = name
            self.weight = weight
            self.fixedCount = fixedCount.map { Double($0) }
            key = Self.key(weight, 0)
        }

        private static func key(_ weight: Double, _ count: Double) -> Double { weight * log2((weight + count) / (weight + count + 1)) }

        func comesBefore(_ other: Share) -> Bool {
            let (mine, theirs) = (key, other.key)
            // Equal keys differ in the last bits when they come from different divisions.
            if abs(mine - theirs) > 1e-12 { return mine < theirs }
            if weight + count != other.weight + other.count { return weight + count < other.weight + other.count }
            if weight != other.weight { return weight < other.weight }
            return name < other.name
        }
    }

    private var shares: [Share]
    /// Positions of the classes that are dealt by weight.
    private let weighted: [Int]
    /// Users that can be dealt at most: where every class has a fixed count, these together.
    package let mostUsers: Int?

    /// `classes`: one or more, weights above 0. `fixedCounts`: of each class; nil, or none for all: by weight.
    package init(classes: [(name: String, weight: Double)], fixedCounts: [Int?] = []) {
        let fixed = fixedCounts.isEmpty ? classes.map { _ in nil } : fixedCounts
        precondition(fixed.count == classes.count, "a fixed count for each class")
        weighted = fixed.indices.filter { fixed[$0] == nil }
        mostUsers = weighted.isEmpty ? fixed.reduce(0) { $0 + ($1 ?? 0) } : nil
        let least = weighted.map { classes[$0].weight }.min() ?? 1
        shares = classes.enumerated().map {
            Share(index: $0.offset, name: $0.element.name, weight: $0.element.weight / least, fixedCount: fixed[$0.offset])
        }
    }

    /// The index of the class that gets the next user. There are no more than `mostUsers`.
    /// - Complexity: O(number of classes)
    package mutating func next() -> Int {
        var best = shares.firstIndex { share in share.fixedCount.map { share.count < $0 } ?? false }
        if best == nil {
            for candidate in weighted where best.map({ shares[candidate].comesBefore(shares[$0]) }) ?? true { best = candidate }
        }
        guard let best else { preconditionFailure("all classes have their fixed counts") }
        shares[best].count += 1
        return shares[best].index
    }

    /// Takes back the user last dealt to a class: the next one is dealt as if it had never been.
    package mutating func takeBack(_ index: Int) {
        precondition(shares[index].count > 0, "the class has no user")
        shares[index].count -= 1
    }
}

import Glibc

/// Deals users to classes one by one so that at every count the shares are as near to the weights as whole users allow.
///
/// The order is Locust's, so that the same plan gives the same users there and here: the next user goes to the class with the smallest
/// w·log2((w + n) / (w + n + 1)), w being its weight and n its users so far; ties go to the smaller w + n + 1, then the smaller w,
/// then the name. Only ratios of weights matter.
package struct UserDeal: Sendable {
    private struct Share {
        var index: Int
        var name: String
        var weight: Double
        var count: Double = 0 { didSet { key = Self.key(weight, count) } }
        /// Kept, since logarithms are dear and few of them change with a user.
        private(set) var key: Double

        init(index: Int, name: String, weight: Double) {
            self.index = index
            self.name = name
            self.weight = weight
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

    /// `classes`: one or more, weights above 0.
    package init(classes: [(name: String, weight: Double)]) {
        let least = classes.map(\.weight).min() ?? 1
        shares = classes.enumerated().map { Share(index: $0.offset, name: $0.element.name, weight: $0.element.weight / least) }
    }

    /// The index of the class that gets the next user.
    /// - Complexity: O(number of classes)
    package mutating func next() -> Int {
        var best = 0
        for candidate in shares.indices.dropFirst() where shares[candidate].comesBefore(shares[best]) { best = candidate }
        shares[best].count += 1
        return shares[best].index
    }

    /// Takes back the user last dealt to a class: the next one is dealt as if it had never been.
    package mutating func takeBack(_ index: Int) {
        precondition(shares[index].count > 0, "the class has no user")
        shares[index].count -= 1
    }
}

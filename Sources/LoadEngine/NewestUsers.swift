/// The slots of started users by class, the newest last: who is to leave next. Four bytes a user.
///
/// A slot is taken out when its user is chosen to leave; a user that ends in another way leaves its slot behind, which is skipped later, or
/// forgotten when there are many of them.
struct NewestUsers {
    private var slots: [[Int32]]
    /// By class: with more slots than this those left behind are looked for.
    private var limits: [Int]

    private static var leastLimit: Int { 1024 }

    init(userClasses: Int) {
        slots = Array(repeating: [], count: userClasses)
        limits = Array(repeating: Self.leastLimit, count: userClasses)
    }

    /// Slots that are remembered for a class.
    func count(of userClass: Int) -> Int { slots[userClass].count }

    /// Notes a user that was started in this slot. `isStaying` says of a slot whether a user of the class is there that may be chosen.
    /// - Complexity: O(1), amortised.
    mutating func append(slot: Int, userClass: Int, where isStaying: (Int) -> Bool) {
        slots[userClass].append(Int32(slot))
        if slots[userClass].count <= limits[userClass] { return }
        var seen: Set<Int32> = []
        let kept = slots[userClass].reversed().filter { isStaying(Int($0)) && seen.insert($0).inserted }
        slots[userClass] = kept.reversed()
        limits[userClass] = max(Self.leastLimit, kept.count * 2)
    }

    /// Takes the newest slot of a class for which `isStaying` holds; nil: there is none.
    /// - Complexity: O(1), amortised.
    mutating func popNewest(of userClass: Int, where isStaying: (Int) -> Bool) -> Int? {
        while let slot = slots[userClass].popLast() { if isStaying(Int(slot)) { return Int(slot) } }
        return nil
    }

    /// Forgets all users.
    mutating func removeAll() {
        for userClass in slots.indices {
            slots[userClass].removeAll()
            limits[userClass] = Self.leastLimit
        }
    }
}

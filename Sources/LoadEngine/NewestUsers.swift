/// The slots of started users by class, the newest last: who is to leave next. Four bytes a user.
///
/// A slot is taken out when its user is chosen to leave; a user that ends in another way leaves its slot behind, which is skipped later.
struct NewestUsers {
    private var slots: [[Int32]]

    init(userClasses: Int) { slots = Array(repeating: [], count: userClasses) }

    /// Notes a user that was started in this slot.
    mutating func append(slot: Int, userClass: Int) { slots[userClass].append(Int32(slot)) }

    /// Takes the newest slot of a class for which `isStaying` holds; nil: there is none.
    /// - Complexity: O(1), amortised.
    mutating func popNewest(of userClass: Int, where isStaying: (Int) -> Bool) -> Int? {
        while let slot = slots[userClass].popLast() { if isStaying(Int(slot)) { return Int(slot) } }
        return nil
    }

    /// Forgets all users.
    mutating func removeAll() { for userClass in slots.indices { slots[userClass].removeAll() } }
}

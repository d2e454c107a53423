import LoadModel

/// Which users are whose: a stack of users in the order of dealing, each with its class and its worker. Pure; knows no time and no messages.
///
/// The order is Locust's: workers by (rank among those of the same host, id), users one by one to whoever has the fewest; classes as
/// `UserDeal` has it; down in the reverse order. A worker that is lost leaves its users to the others, none of whom loses one; a worker that
/// joins takes only what the others have above their fair share. A user that has ended by itself stays in the stack, so that nobody is dealt in
/// its place, but belongs to no worker any more.
struct Dispatch {
    /// Stands for the worker of a user that nobody can carry.
    static let nobody = -1
    /// Stands for the worker of a user that has ended by itself.
    private static let ended = -2

    private struct Share {
        var name: String
        var capacity: Int
        var isPresent: Bool
        /// Place in the order of dealing; smaller is earlier.
        var order = 0
        var counts: [Int]
        var total = 0
        /// Users of each class that have ended, and are not counted any more, but not yet marked in the stack.
        var unmarked: [Int]
    }

    private struct User {
        var userClass: UInt16
        var worker: Int32
    }

    private let classes: Int
    private var deal: UserDeal
    private var shares: [Share] = []
    /// False when workers have come or gone since they were put in order.
    private var isInOrder = true
    private var users: [User] = []
    /// Users whose worker is `nobody`.
    private(set) var withoutWorker = 0
    /// Users in the stack that have ended by themselves, marked or not.
    private var endedUsers = 0
    private var unmarkedUsers = 0

    /// `classes`: name and weight of each user class, in the plan's order; `fixedCounts`: as for `UserDeal`.
    init(classes: [(name: String, weight: Double)], fixedCounts: [Int?] = []) {
        self.classes = classes.count
        deal = UserDeal(classes: classes, fixedCounts: fixedCounts)
    }

    /// Users dealt, those without a worker and those that have ended by themselves included.
    var count: Int { users.count }

    /// Users dealt that have not ended by themselves.
    var live: Int { users.count - endedUsers }

    /// Users that can be dealt at most; nil: any number.
    var mostUsers: Int? { deal.mostUsers }

    /// Users of each class that a worker is to have, in the plan's order.
    func counts(of worker: Int) -> [Int] { shares[worker].counts }

    /// Users that a worker is to have.
    func total(of worker: Int) -> Int { shares[worker].total }

    /// The worker of the user dealt as number `position` (from 0), if it has one; after `markEnded`.
    func worker(ofUser position: Int) -> Int? {
        let worker = Int(users[position].worker)
        return worker >= 0 ? worker : nil
    }

    /// Capacity of all workers that are present.
    var capacity: Int { shares.reduce(0) { $0 + ($1.isPresent ? $1.capacity : 0) } }

    /// Makes a place for a worker, which gets no users until `join`. Answers with its index, counted from 0.
    mutating func add(name: String) -> Int {
        shares.append(
            Share(
                name: name, capacity: 0, isPresent: false, counts: Array(repeating: 0, count: classes),
                unmarked: Array(repeating: 0, count: classes)))
        return shares.count - 1
    }

    /// Deals or takes back users until there are so many as planned, or as can be dealt at most.
    /// - Complexity: O(users that come or go + workers), O(users) while some are without a worker
    mutating func setCount(_ planned: Int) {
        let count = min(planned, mostUsers ?? .max)
        if users.count > count { markEnded() }
        while users.count > count, let user = users.popLast() {
            deal.takeBack(Int(user.userClass))
            take(user, from: Int(user.worker))
        }
        // Those that go may leave room for others that had none.
        settleHomeless()
        if users.count < count { orderWorkers() }
        var places = Places(for: count - users.count, shares: shares)
        while users.count < count { give(User(userClass: UInt16(deal.next()), worker: Int32(places.next() ?? Self.nobody))) }
    }

    /// A worker takes part from now on, with room for `capacity` users.
    /// - Complexity: O(users + workers)
    mutating func join(_ worker: Int, capacity: Int) {
        markEnded()
        shares[worker].capacity = capacity
        shares[worker].isPresent = true
        isInOrder = false
        settleHomeless()
        guard !users.isEmpty else { return }
        orderWorkers()
        // Newest first, so that those who have run the longest stay.
        let fair = fairShares()
        var missing = shares.indices.map { max(0, fair[$0] - shares[$0].total) }
        guard missing[worker] > 0 else { return }
        for position in users.indices.reversed() {
            let owner = Int(users[position].worker)
            guard owner != worker, owner >= 0, shares[owner].total > fair[owner] else { continue }
            move(position, to: worker)
            missing[worker] -= 1
            if missing[worker] == 0 { break }
        }
    }

    /// A worker takes part no more; its users go to the others.
    /// - Complexity: O(users + workers)
    mutating func leave(_ worker: Int) {
        guard shares[worker].isPresent else { return }
        markEnded()
        shares[worker].isPresent = false
        isInOrder = false
        for position in users.indices where Int(users[position].worker) == worker { move(position, to: Self.nobody) }
        settleHomeless()
    }

    /// Users of a class have ended by themselves on a worker. Of those that it was not dealt (they have been dealt to others since it was last
    /// heard) nobody is left in their place either, as far as there are such. `worker`: nil: one that is not here.
    /// - Complexity: O(1); O(users) where it was not dealt so many
    mutating func end(_ count: Int, ofClass userClass: Int, on worker: Int?) {
        var rest = count
        func take(from worker: Int, most: Int) {
            shares[worker].counts[userClass] -= most
            shares[worker].total -= most
            shares[worker].unmarked[userClass] += most
            unmarkedUsers += most
            endedUsers += most
            rest -= most
        }
        if let worker { take(from: worker, most: min(rest, shares[worker].counts[userClass])) }
        if rest > 0, withoutWorker > 0 {
            for position in users.indices where Int(users[position].worker) == Self.nobody && Int(users[position].userClass) == userClass {
                users[position].worker = Int32(Self.ended)
                withoutWorker -= 1
                endedUsers += 1
                rest -= 1
                if rest == 0 { break }
            }
        }
        while rest > 0, let most = shares.indices.max(by: { shares[$0].counts[userClass] < shares[$1].counts[userClass] }),
            shares[most].counts[userClass] > 0
        {
            take(from: most, most: 1)
        }
    }

    /// Marks in the stack who has ended: the newest, so that they are the first to go when there are to be fewer.
    /// - Complexity: O(users) if any have ended since the last time
    mutating func markEnded() {
        var position = users.count
        while unmarkedUsers > 0, position > 0 {
            position -= 1
            let (worker, userClass) = (Int(users[position].worker), Int(users[position].userClass))
            guard worker >= 0, shares[worker].unmarked[userClass] > 0 else { continue }
            shares[worker].unmarked[userClass] -= 1
            unmarkedUsers -= 1
            users[position].worker = Int32(Self.ended)
        }
    }

    // MARK: - Parts

    private mutating func settleHomeless() {
        guard withoutWorker > 0 else { return }
        orderWorkers()
        var places = Places(for: withoutWorker, shares: shares)
        for position in users.indices where Int(users[position].worker) == Self.nobody {
            guard let worker = places.next() else { break }
            move(position, to: worker)
        }
    }

    private mutating func move(_ position: Int, to worker: Int) {
        let user = users[position]
        take(user, from: Int(user.worker))
        users[position].worker = Int32(worker)
        count(users[position], by: 1)
    }

    private mutating func give(_ user: User) {
        users.append(user)
        count(user, by: 1)
    }

    private mutating func take(_ user: User, from worker: Int) { count(user, by: -1) }

    private mutating func count(_ user: User, by change: Int) {
        let worker = Int(user.worker)
        if worker == Self.nobody {
            withoutWorker += change
        } else if worker == Self.ended {
            endedUsers += change
        } else {
            shares[worker].counts[Int(user.userClass)] += change
            shares[worker].total += change
        }
    }

    /// The host is the id up to its first underscore, as in Locust.
    private mutating func orderWorkers() {
        if isInOrder { return }
        isInOrder = true
        var ranks: [Substring: Int] = [:]
        var keyed: [(rank: Int, index: Int)] = []
        for index in shares.indices.filter({ shares[$0].isPresent }).sorted(by: { shares[$0].name < shares[$1].name }) {
            let host = shares[index].name.prefix { $0 != "_" }
            keyed.append((ranks[host, default: 0], index))
            ranks[host, default: 0] += 1
        }
        // Stable by construction: within a rank the names ascend.
        for (order, entry) in keyed.enumerated().sorted(by: { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }).enumerated() {
            shares[entry.element.index].order = order
        }
    }

    /// How many users each worker would have if all were dealt anew: as equal as capacities allow; the odd ones go to the first in order.
    private func fairShares() -> [Int] {
        var fair = Array(repeating: 0, count: shares.count)
        var rest = live
        var open = shares.indices.filter { shares[$0].isPresent && shares[$0].capacity > 0 }
        while rest > 0, !open.isEmpty {
            let each = rest / open.count
            if each == 0 {
                for index in open.sorted(by: { shares[$0].order < shares[$1].order }).prefix(rest) { fair[index] += 1 }
                break
            }
            for index in open {
                let more = min(each, shares[index].capacity - fair[index])
                fair[index] += more
                rest -= more
            }
            open.removeAll { fair[$0] == shares[$0].capacity }
        }
        return fair
    }

    /// The workers of the next users: always the one with the fewest that has room, the first in order among equals.
    private struct Places {
        private var totals: [Int]
        private var room: [Int]
        /// Workers with room, in order.
        private var open: [Int]
        /// Those of them that have the fewest, the next one last.
        private var turn: [Int] = []

        init(for count: Int, shares: [Share]) {
            totals = shares.map(\.total)
            let room = shares.map { $0.isPresent ? $0.capacity - $0.total : 0 }
            self.room = room
            open = count > 0 ? shares.indices.filter { room[$0] > 0 }.sorted { shares[$0].order < shares[$1].order } : []
        }

        /// - Complexity: O(1) amortised when workers are even, O(workers) otherwise
        mutating func next() -> Int? {
            if turn.isEmpty {
                open = open.filter { room[$0] > 0 }
                guard let least = open.map({ totals[$0] }).min() else { return nil }
                turn = open.filter { totals[$0] == least }.reversed()
            }
            guard let worker = turn.popLast() else { return nil }
            totals[worker] += 1
            room[worker] -= 1
            return worker
        }
    }
}

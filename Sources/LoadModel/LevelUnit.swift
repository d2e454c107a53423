/// What the levels of a profile are, and how they are written.
package enum LevelUnit: Sendable {
    /// `1000`
    case users
    /// Starts of iterations: `1000/s`, `60/m`, `100/h`.
    case starts

    /// A level as it may be written.
    var example: String { self == .users ? "1000" : "1000/s" }
    /// A smaller one.
    var smallExample: String { self == .users ? "100" : "100/s" }

    /// Reads a rate such as `1000/s`, above 0, in starts per second. Throws a `LoadError`.
    package static func rate(_ text: String) throws(LoadError) -> Double {
        let part = try LoadTextPart(whole: text, example: "1000/s")
        let rate = try LevelUnit.starts.level(part, of: "the rate")
        guard rate > 0 else { throw part.wrong("the rate is 0", "write a rate above 0, as in 1000/s") }
        return rate
    }

    /// Reads a level. `what` names it in messages.
    func level(_ part: LoadTextPart, of what: String) throws(LoadError) -> Double {
        switch self {
        case .users: try users(part, what)
        case .starts: try starts(part, what)
        }
    }

    private func users(_ part: LoadTextPart, _ what: String) throws(LoadError) -> Double {
        if part.text.contains("/") {
            throw part.wrong("\(what) is a rate, but here users are counted", "write users, as in 1000; starts per second are arrivals")
        }
        let users = try part.number(what, example: example)
        guard users == users.rounded() else { throw part.wrong("\(what) is no whole number of users", "write \(example)") }
        guard users <= LoadBounds.greatestLevel else {
            throw part.wrong("\(what) is more than a run can have", "write at most 10000000 users")
        }
        return users
    }

    private static let units: [(name: Substring, seconds: Double)] = [("s", 1), ("m", 60), ("h", 3600)]

    private func starts(_ part: LoadTextPart, _ what: String) throws(LoadError) -> Double {
        let halves = part.parts(separatedBy: "/", atMost: 2)
        let number = try halves[0].number(what, example: example)
        guard halves.count == 2 else {
            let text = halves[0].text
            throw part.wrong(
                "\(what) has no unit", "is that \(text)/s (starts per second) or \(text)/m (per minute)? Write one of them")
        }
        guard let unit = Self.units.first(where: { $0.name == halves[1].text }) else {
            let text = halves[0].text
            throw part.wrong(
                "\(what) has no unit that is known", "write \(text)/s (per second), \(text)/m (per minute) or \(text)/h (per hour)")
        }
        let rate = number / unit.seconds
        guard rate <= LoadBounds.greatestLevel else {
            throw part.wrong("\(what) is more than a run can start", "write at most 10000000/s")
        }
        return rate
    }
}

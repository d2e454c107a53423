/// Names of tasks: short, printable, none twice.
struct TaskNames {
    private var taken: Set<String> = []

    /// The name itself, or with a number behind it.
    mutating func unique(_ wanted: String) -> String {
        var base = ""
        for character in LuaText.comment(wanted) where base.utf8.count + character.utf8.count <= 120 { base.append(character) }
        if base.allSatisfy(\.isWhitespace) { base = "task" }
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base) \(number)"
            number += 1
        }
        return name
    }
}

/// Where requests go.
enum Origins {
    /// The origin of the most requests; the first of equals. Empty when there is no request.
    static func most(of requests: [RecordedRequest]) -> String {
        var counts: [String: Int] = [:]
        for request in requests { counts[request.url.origin, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        return requests.first { counts[$0.url.origin] == most }?.url.origin ?? ""
    }
}

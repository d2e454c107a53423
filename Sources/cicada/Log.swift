/// Messages to the user beside the figures, on standard error.
struct Log: Sendable {
    /// What is said; each level includes those before it.
    enum Level: String, CaseIterable, Comparable, Sendable {
        case error, warning, info

        static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
        /// As the setting says, in capitals or not; Locust's `debug` and `critical` are the nearest of ours.
        init(_ setting: Setting) throws {
            let words = ["debug": Level.info, "critical": .error]
            let text = setting.text?.lowercased()
            if let level = text.flatMap({ words[$0] ?? Level(rawValue: $0) }) {
                self = level
            } else {
                self = try setting.word(of: Level.self) ?? .info
            }
        }

        private var rank: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }

    let level: Level

    /// Writes a line if the level is wanted.
    func callAsFunction(_ level: Level, _ text: @autoclosure () -> String) {
        if level <= self.level { complain(level == .info ? text() : "\(level.rawValue): \(text())") }
    }
}

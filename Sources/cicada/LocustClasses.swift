import LoadModel
import Scripting

/// The user classes of a locustfile that only its workers have: what `--locust-classes` says.
struct LocustClasses {
    /// One class.
    struct Entry: Equatable {
        var name: String
        /// Share of the users; of no meaning with a fixed number.
        var weight = 1.0
        var fixedCount: Int?
    }

    let entries: [Entry]
    private static let most = 1000

    /// Throws a `Failure` that says which part cannot be read, and what to write.
    init(_ setting: Setting) throws {
        guard let text = setting.text else {
            throw Failure.usage("--locust-port needs the classes of the workers' locustfile: give --locust-classes 'Alpha:3,Beta:1'.")
        }
        var entries: [Entry] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let entry = Self.entry(part.split(separator: " ").joined(separator: " ")) else {
                throw setting.wrong(
                    "classes of the locustfile with commas between them, each with a weight above 0 behind a colon or a whole number of users behind =: "
                        + "'Alpha:3,Beta:1,Gamma=2' ('\(part)' is neither)")
            }
            guard !entries.contains(where: { $0.name == entry.name }) else {
                throw setting.wrong("without a class that is there twice (\(entry.name))")
            }
            entries.append(entry)
        }
        guard entries.count <= Self.most else { throw setting.wrong("at most \(Self.most) classes") }
        self.entries = entries
    }

    private static func entry(_ text: String) -> Entry? {
        guard let separator = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return isIdentifier(text) ? Entry(name: text) : nil
        }
        let (name, figure) = (String(text[..<separator]), String(text[text.index(after: separator)...]))
        guard isIdentifier(name) else { return nil }
        if text[separator] == "=" {
            guard let count = Int(figure), (1...LoadBounds.greatestCount).contains(count) else { return nil }
            return Entry(name: name, fixedCount: count)
        }
        guard let weight = Double(figure), weight.isFinite, weight > 0, weight <= 1e9 else { return nil }
        return Entry(name: name, weight: weight)
    }

    /// Whether Python takes it for the name of a class.
    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.first, first.isLetter || first == "_", name.utf8.count <= 200 else { return false }
        return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    /// A script that declares them, which nobody runs: the plan of the run.
    func script() throws -> Script {
        let declarations = entries.map { entry in
            let share = entry.fixedCount.map { "fixed_count = \($0)" } ?? "weight = \(entry.weight)"
            return "user \"\(entry.name)\" { \(share), task { \"locust\", function(self) end } }\n"
        }
        return try Script(name: "locustfile", source: Array(declarations.joined().utf8))
    }
}

import ArgumentParser
import LoadModel

/// Which tasks of a script are run.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: [.customShort("T"), .long],
        help: ArgumentHelp("Only tasks that have one of these tags: a,b (default: all).", valueName: "tags"))
    var tags: String?

    @Option(name: [.customShort("E"), .long], help: ArgumentHelp("No task that has one of these tags: a,b.", valueName: "tags"))
    var excludeTags: String?

    /// The tags that are given, checked.
    func selection() throws -> TagSelection {
        let (wanted, excluded) = (Setting("--tags", tags), Setting("--exclude-tags", excludeTags))
        return try TagSelection(
            wanted: Self.words(wanted), excluded: Self.words(excluded), wantedSource: wanted.source, excludedSource: excluded.source)
    }

    private static func words(_ setting: Setting) throws -> Set<String> {
        guard let text = setting.text else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.split(separator: " ").joined(separator: " ") }
        if words.contains("") { throw setting.wrong("one or more tags with commas between them, as in slow,read") }
        return Set(words)
    }
}

/// Tags that a run is limited to.
struct TagSelection: Equatable {
    /// Empty: any.
    var wanted: Set<String>
    var excluded: Set<String>
    /// Where they were given, for messages.
    var wantedSource = "--tags"
    /// The same of the others.
    var excludedSource = "--exclude-tags"

    /// Leaves the tasks that are wanted. Throws a `Failure` when a class would have none, or a tag is nobody's.
    func apply(to scenario: inout Scenario) throws {
        let known = scenario.userClasses.reduce(into: Set<String>()) { known, userClass in
            for task in userClass.tasks { known.formUnion(task.tags) }
        }
        for (flag, tags) in [(wantedSource, wanted), (excludedSource, excluded)] {
            guard let stranger = tags.subtracting(known).sorted().first else { continue }
            let there = known.isEmpty ? "no task of the script has a tag" : "its tags are \(known.sorted().joined(separator: ", "))"
            throw Failure.usage("\(flag): no task of the script has the tag '\(stranger)' (\(there)).")
        }
        do { scenario = try scenario.keepTasks(tags: wanted, excluding: excluded) } catch { throw Failure.usage("\(error).") }
    }
}

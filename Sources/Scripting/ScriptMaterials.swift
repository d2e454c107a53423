import Glibc

/// What a script's `env`, `file` and `data` find: where the run is planned, the environment and the script's folder, of which everything
/// asked for is noted; on workers, what was noted.
final class ScriptMaterials {
    /// What the script has asked for, or may ask for.
    private(set) var resources: ScriptResources
    private let folder: ScriptFolder?
    private var declaredVariables: Set<String> = []
    private var takenBytes = 0

    /// Only what is there.
    init(_ resources: ScriptResources) {
        self.resources = resources
        folder = nil
    }

    /// What the environment and a folder hold; noted when asked for.
    init(readingFrom folder: ScriptFolder) {
        resources = ScriptResources()
        self.folder = folder
    }

    /// The value of a variable; nil: it is not set. At the top level the name is declared, later it must have been.
    func variable(_ name: String, isLoading: Bool) throws(Refusal) -> String? {
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else {
            throw Refusal(message: "env needs the name of a variable: write env(\"NAME\")")
        }
        if isLoading {
            declaredVariables.insert(name)
            if folder != nil, let value = getenv(name) { resources.environment[name] = String(cString: value) }
        } else if !declaredVariables.contains(name) {
            throw Refusal(
                message: "env(\"\(name)\") is not known while users run: declare it at the top level, local value = env(\"\(name)\"), "
                    + "so that its value goes to all workers")
        }
        return resources.environment[name]
    }

    /// The content of a file.
    func file(_ name: String) throws(Refusal) -> [UInt8] {
        if let known = resources.files[name] { return known }
        guard let folder else {
            throw Refusal(
                message: "the file \(name) did not come with the plan: the top level must ask for the same files on every machine")
        }
        let content = try folder.read(name, room: ScriptFolder.mostBytes - takenBytes)
        takenBytes += content.count
        resources.files[name] = content
        return content
    }
}

import LoadModel

/// A script made ready for a run: with all that it takes along, and what it declares.
package struct LoadedScript: Sendable {
    /// Its `resources` hold the variables and files that the top level asked for.
    package let script: Script
    /// What workers will read from the script.
    package let scenario: Scenario
    /// Names of the columns of each data file, in the order of the scenario's sources; none where the file has no header line.
    package let columns: [[String]]
    /// The load that the script asks for; nil: it asks for none. Workers are told the load of the run and do not ask for this.
    package let load: LoadDeclaration?
}

extension Script {
    /// The most memory that a Lua state holds, unless the run says it.
    package static let defaultMemoryBytes = 256 << 20

    /// Reads a script from a file and runs its top level once, where the run is planned: `env()` reads this process's environment, `file()`
    /// and `data()` read files of the script's folder, and all of it is kept in the script's `resources`.
    ///
    /// `replacements`: files that are read in place of those of the folder, by name as it stands in the script. `log` gets each line that the top level prints.
    /// `runTimeNanoseconds`: how long the run lasts, where that is said elsewhere: a shape that
    /// is a function is asked for no more seconds. Throws a `ScriptError` when the script or a file of its is broken.
    package static func load(
        path: String, replacements: [String: String] = [:], runTimeNanoseconds: Int64? = nil, memoryLimitBytes: Int = defaultMemoryBytes,
        log: @escaping (String) -> Void = { _ in }
    ) throws(ScriptError) -> LoadedScript {
        var script = try read(path: path)
        let folder: ScriptFolder
        do throws(Refusal) { folder = try ScriptFolder(ofScript: path, replacements: replacements) } catch {
            throw ScriptError(.unreadable, file: script.name, message: error.message)
        }
        let materials = ScriptMaterials(readingFrom: folder)
        let state = try LuaState(script: script, materials: materials, memoryLimitBytes: memoryLimitBytes, log: log)
        let load = try LoadReader(script: script, lua: state.lua, runTimeNanoseconds: runTimeNanoseconds).read()
        script.keep(materials.resources)
        return LoadedScript(
            script: script, scenario: state.scenario, columns: state.host.stocks.map(\.table.columns), load: load)
    }
}

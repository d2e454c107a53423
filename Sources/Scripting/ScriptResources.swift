/// What a script takes from the machine on which the run is planned: workers get it with the plan and read nothing of their own.
package struct ScriptResources: Sendable, Equatable {
    /// The values of the variables that the script names with `env()`; those that are not set are missing.
    package var environment: [String: String] = [:]
    /// The contents of the files that the script names with `file()` and `data()`, by name as it stands in the script.
    package var files: [String: [UInt8]] = [:]

    package init() {}
}

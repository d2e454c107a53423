import Scripting

extension LuaUsers {
    /// The users of a plan's script on one engine thread. Throws a `ScriptError` when the script cannot be used.
    package convenience init(plan: RunPlan, seed: UInt64, log: @escaping (String) -> Void) throws(ScriptError) {
        try self.init(script: plan.script, seed: seed, memoryLimitBytes: plan.scriptMemoryBytes, log: log)
    }
}

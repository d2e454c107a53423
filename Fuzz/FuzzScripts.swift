import Scripting

/// What libFuzzer calls with each input: the bytes as a script. Whatever they are, its top level is run to its end, or ends in an error that names the
/// script, within the time that a top level may take.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScripts(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let source = [UInt8](UnsafeBufferPointer(start: start, count: count))
    var lines = 0
    do throws(ScriptError) {
        let script = try Script(name: "fuzz.lua", source: source)
        let scenario = try script.scenario { _ in lines += 1 }
        precondition(!scenario.userClasses.isEmpty, "a scenario without user classes")
        precondition(scenario.userClasses.allSatisfy { !$0.tasks.isEmpty }, "a user class without tasks")
        let again = try script.scenario()
        precondition(again == scenario, "the second run of the top level declares something else")
    } catch {
        precondition(!error.message.isEmpty && !error.file.isEmpty, "an error that says too little: \(error)")
        let ends = source.count { $0 == 10 || $0 == 13 }
        precondition(error.line.map { $0 >= 1 && $0 <= ends + 1 } ?? true, "an error on a line that is not there: \(error)")
    }
    return 0
}

import LoadModel
import Statistics

/// What a worker may use of its machine, in one line.
struct MachineWords {
    let text: String

    init(_ machine: WorkerMachine) {
        let quota = machine.quotaCores.map { " (quota \(($0 * 100).rounded() / 100))" } ?? ""
        let limit = machine.memoryLimitBytes.map { " (limit \(Self.mebibytes($0)))" } ?? ""
        var parts = [
            "\(machine.cores) core\(machine.cores == 1 ? "" : "s")\(quota)",
            "\(Self.mebibytes(machine.freeMemoryBytes)) of free memory\(limit)",
            "\(LoadText.grouped(Int64(machine.descriptors))) descriptors",
        ]
        if let ports = machine.ports { parts.append("\(LoadText.grouped(Int64(ports))) local ports") }
        text = "may use " + parts.joined(separator: ", ") + (machine.place.map { "; on \($0)" } ?? "")
    }

    private static func mebibytes(_ bytes: Int64) -> String { "\(LoadText.grouped(bytes >> 20)) MiB" }
}

import Foundation
import TestServers
import Testing

/// The containers' commands in network namespaces with addresses of their own, and everything that can happen to them: each ends within its bound
/// (docs/lifecycle.md), with the exit code of the table, and every request that the target answered is explained.
///
/// `CICADA_PODS_RUNS=n` asks for so many rounds of all scenarios instead of one of the short ones, `CICADA_PODS_ONLY=text` for those whose name
/// has that text, `CICADA_PODS_JOBS=n` for so many at a time.
struct PodScenarioTests {
    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    @Test(.enabled(if: PodNetwork.hindrance == nil, Comment(rawValue: PodNetwork.hindrance ?? "")), .timeLimit(.minutes(120)))
    func everyScenarioEndsWithinItsBound() async throws {
        let rounds = Self.setting("CICADA_PODS_RUNS").flatMap { Int($0) }
        let jobs = Self.setting("CICADA_PODS_JOBS").flatMap { Int($0) } ?? 4
        let only = Self.setting("CICADA_PODS_ONLY")
        let chosen = PodScenario.all.filter { scenario in
            only.map { scenario.name.contains($0) } ?? (rounds != nil || scenario.isShort)
        }
        var waiting = (0..<(rounds ?? 1)).flatMap { _ in chosen }[...]
        try #require(!waiting.isEmpty)
        await withTaskGroup(of: Void.self) { group in
            for count in 1... {
                guard let scenario = waiting.popFirst() else { break }
                if count > jobs { await group.next() }
                group.addTask { await Self.run(scenario) }
            }
        }
    }

    private static func run(_ scenario: PodScenario) async {
        let words: String
        do {
            let (end, problems) = try await onOwnThread { try scenario.run() }
            words = problems.isEmpty ? "ended" : problems.joined(separator: "; ")
            print(String(format: "pods: %@: %.1f of %.0f s: %@", scenario.name, end.seconds, scenario.bound, words))
            #expect(problems.isEmpty, "\(scenario.name)\n\(end)")
        } catch {
            print("pods: \(scenario.name): \(error)")
            Issue.record("\(scenario.name): \(error)")
        }
        fflush(nil)
    }
}

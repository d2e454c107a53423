import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada completion`: the shells understand it, and complete with it.
    struct CompletionTests {
        private static func path(of shell: String) -> String? {
            ["/usr/bin/\(shell)", "/bin/\(shell)"].first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func scriptsArePrintedAndTheirInstallationIsSaid(shell: String) async throws {
            let end = try await CicadaCall.run(["completion", shell])
            #expect(end.exitCode == 0 && end.output.contains("cicada") && end.output.utf8.count > 1000, "\(end)")
            #expect(end.errors.contains("cicada completion \(shell) > "), "\(end)")
            for command in ["run", "master", "worker", "validate", "import", "new", "demo", "scale"] {
                #expect(end.output.contains(command))
            }
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func theShellAcceptsTheScript(shell: String) async throws {
            guard let path = Self.path(of: shell) else { return }
            let text = try await CicadaCall.run(["completion", shell]).output
            let end = try await onOwnThread {
                let folder = try TestFolder()
                return try RunningProgram(path: path, ["-n", try folder.file("completion", text)]).waitForEnd()
            }
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
        }

        /// What bash offers for a line whose last word is being written.
        private func offers(_ line: String) async throws -> [String] {
            let text = try await CicadaCall.run(["completion", "bash"]).output
            return try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("completion", text)
                _ = try folder.file("shop.lua", "")
                _ = try folder.file("other.txt", "")
                let ask = """
                    cd '\(folder.path)'; source '\(script)'
                    words=(\(line)); [[ '\(line)' == *' ' ]] && words+=('')
                    COMP_WORDS=("${words[@]}"); COMP_CWORD=$((${#words[@]} - 1)); COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
                    entry=$(complete -p cicada | sed -E 's/.*-F ([^ ]+) .*/\\1/')
                    "$entry" cicada "${words[COMP_CWORD]}" "${words[COMP_CWORD-1]}"
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """
                let end = try RunningProgram(path: "/bin/bash", ["-c", ask]).waitForEnd()
                if end.exitCode != 0 { throw RawConnectionError(what: "\(end)") }
                return end.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            }
        }

        @Test func bashCompletesCommandsFlagsAndFiles() async throws {
            #expect(try await offers("cicada ru") == ["run"])
            #expect(try await Set(offers("cicada ")).isSuperset(of: ["run", "master", "worker", "validate", "import", "new", "demo"]))
            #expect(try await offers("cicada run --spawn-r") == ["--spawn-rate"])
            #expect(try await offers("cicada run sh").contains("shop.lua"))
            #expect(try await offers("cicada completion f") == ["fish"])
            #expect(try await offers("cicada import h").contains("har"))
        }

        @Test func unknownShellsAreNamed() async throws {
            let end = try await CicadaCall.run(["completion", "tcsh"])
            #expect(end.exitCode == 2 && end.errors.contains("there is no completion for 'tcsh'"), "\(end)")
        }
    }
}

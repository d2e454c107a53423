import Foundation
import TestServers
import Testing

extension DeployTests {
    /// What pods start is there: programs, options, variables, and a script that runs.
    struct PodCommandTests {
        /// A container's command line with variables of the form $(NAME) filled in.
        private func commandLine(of container: KubernetesObject) -> [String] {
            container.commandLine.map { $0.replacing("$(CICADA_POD_NAME)", with: "pod").replacing("$(CICADA_NODE_NAME)", with: "node") }
        }

        /// Runs the very command where neither script nor keys are: what it then says is that, unless it stumbles over an option before.
        @Test(arguments: Overlay.allCases) func masterAndWorkersUnderstandTheirOptions(overlay: Overlay) async throws {
            try await onOwnThread {
                for pod in try overlay.pods() {
                    for container in pod.containers where container.commandLine.first == "cicada" {
                        let line = commandLine(of: container)
                        let end = try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), Array(line.dropFirst())).waitForEnd()
                        let complaint = line[1] == "master" ? "/cicada/cicada.yaml" : "no join token"
                        #expect(end.exitCode == 2 && end.errors.contains(complaint), "\(line): \(end)")
                        // The same with an option that there is not: it stumbles.
                        let wrong = try RunningProgram(
                            path: RunningProgram.path(ofBuilt: "cicada"), Array(line.dropFirst()) + ["--no-such-option=1"]
                        ).waitForEnd()
                        #expect(
                            wrong.exitCode == 2 && wrong.errors.contains("no-such-option") && !wrong.errors.contains(complaint), "\(wrong)")
                    }
                }
            }
        }

        @Test(arguments: Overlay.allCases) func commandsAreThoseOfTheImages(overlay: Overlay) async throws {
            try await onOwnThread {
                for pod in try overlay.pods() {
                    for container in pod.allContainers {
                        let program = try #require(container.commandLine.first)
                        let image = try #require(container.at("image")?.text?.split(separator: ":").first.map(String.init))
                        // The thinning of the volume is the shell's.
                        if program == "sh" { continue }
                        let stage = try #require(Dockerfile.read().stages[image], "\(image)")
                        #expect(stage.programs.contains(program), "\(pod.owner): \(program)")
                    }
                }
            }
        }

        /// A variable that no program reads would be a setting without effect.
        @Test(arguments: Overlay.allCases) func variablesAreRead(overlay: Overlay) async throws {
            try await onOwnThread {
                let help = try ["master", "worker"].map {
                    try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), [$0, "--help"]).waitForEnd().output
                }.joined()
                let sources = try Self.sources()
                for pod in try overlay.pods() {
                    let line = pod.containers.flatMap(\.commandLine).joined(separator: " ")
                    for name in pod.containers.flatMap({ $0.at("env")?.items ?? [] }).compactMap({ $0.at("name")?.text }) {
                        let option = "--" + name.dropFirst("CICADA_".count).lowercased().replacing("_", with: "-")
                        let isRead = help.contains("\(option) ") || sources.contains("\"\(name)\"") || line.contains("$(\(name))")
                        #expect(isRead, "\(pod.owner): nobody reads \(name)")
                    }
                }
            }
        }

        private static func sources() throws -> String {
            let folder = KubernetesTools.repository.appending(path: "Sources")
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            var text = ""
            while let file = files?.nextObject() as? URL {
                if file.pathExtension == "swift" { text += try String(contentsOf: file, encoding: .utf8) }
            }
            return text
        }

        /// As a ConfigMap is mounted, by links, with the settings that lie beside the script.
        @Test(arguments: Overlay.allCases) func theScriptIsValidAsItIsMounted(overlay: Overlay) async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    try overlay.mountScript(in: folder)
                    let end = try RunningProgram(
                        path: RunningProgram.path(ofBuilt: "cicada"), ["validate", "--config", "\(folder)/cicada.yaml"]
                    ).waitForEnd(atMost: 30)
                    #expect(end.exitCode == 0 && end.output.contains("No problem found."), "\(end)")
                    #expect(end.output.contains("http://sample-webapp:8000") && end.output.contains("devices.csv"), "\(end.output)")
                }
            }
        }

        @Test func theTargetUnderstandsItsOptions() async throws {
            try await onOwnThread {
                let pod = try #require(Overlay.minimal.pods().first { $0.owner == "Deployment/sample-webapp" })
                let container = try #require(pod.containers.first)
                // The port is a machine's, where another test may have it.
                let line = commandLine(of: container).map { $0 == "--port=8000" ? "--port=0" : $0 }
                #expect(line != commandLine(of: container))
                let program = try RunningProgram("sample-webapp", Array(line.dropFirst()))
                #expect(
                    program.readyLine.contains("listening on http://0.0.0.0:") && program.readyLine.contains("2 threads"),
                    "\(program.readyLine)")
                #expect(try program.stop().exitCode == 0)
            }
        }
    }
}

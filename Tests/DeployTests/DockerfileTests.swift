import Foundation
import TestServers
import Testing

extension DeployTests {
    /// The images agree with the programs, and the manifests with the images. That they work is for `make check-image` to show.
    struct DockerfileTests {
        private let file: Dockerfile

        init() throws { file = try Dockerfile.read() }

        @Test func stagesAreThereAndTheLastIsCicada() {
            #expect(Set(file.stages.keys) == ["build", "cicada", "sample-webapp"] && file.lastStage == "cicada")
            #expect(file.bases["build"] == file.arguments["SWIFT_IMAGE"] && file.bases["build"]?.hasPrefix("swift:6.") == true)
            for name in ["cicada", "sample-webapp"] {
                #expect(file.bases[name] == file.arguments["RUNTIME_IMAGE"] && file.bases[name]?.hasSuffix("-slim") == true)
            }
            // What was built for one Debian runs on it.
            let suite = file.bases["cicada"]?.split(separator: ":").last?.split(separator: "-").first ?? "?"
            #expect(file.bases["build"]?.hasSuffix("-\(suite)") == true)
        }

        @Test func labelsSayTheProgramsVersion() async throws {
            for name in ["cicada", "sample-webapp"] {
                let version = try await onOwnThread {
                    try RunningProgram(path: RunningProgram.path(ofBuilt: name), ["--version"]).waitForEnd().output
                }
                let label = try #require(file.stages[name]?.last("LABEL"))
                let number = try #require(version.split(whereSeparator: { $0.isWhitespace }).last)
                #expect(label.contains("org.opencontainers.image.version=\"\(number)\""), "\(label)")
                for key in ["title", "description", "licenses"] {
                    #expect(label.contains("org.opencontainers.image.\(key)=\""), "\(label)")
                }
            }
        }

        /// Every stage ends as the user that manifests name too, so that both mean the same files.
        @Test(arguments: Overlay.allCases) func usersAndPortsAreThoseOfTheManifests(overlay: Overlay) async throws {
            let file = file
            try await onOwnThread {
                for pod in try overlay.pods() {
                    let context = try #require(pod.spec.at("securityContext"))
                    for container in pod.containers {
                        let image = try #require(container.at("image")?.text?.split(separator: ":"))
                        let stage = try #require(file.stages[String(image[0])])
                        #expect(image.last.map(String.init) == file.arguments["VERSION"], "\(pod.owner)")
                        let user = "\(context.at("runAsUser")?.number ?? 0):\(context.at("runAsGroup")?.number ?? 0)"
                        #expect(stage.last("USER") == user && stage.instructions.last { $0.word == "USER" } != nil)
                        let exposed = Set((stage.last("EXPOSE") ?? "").split(separator: " ").map(String.init))
                        for port in container.at("ports")?.items ?? [] {
                            #expect(exposed.contains(port.at("containerPort")?.text ?? ""), "\(pod.owner): \(exposed)")
                        }
                        // What comes after USER may not need another's rights.
                        let place = stage.instructions.lastIndex { $0.word == "USER" } ?? 0
                        #expect(!stage.instructions[place...].contains { $0.word == "RUN" || $0.word == "COPY" })
                    }
                }
            }
        }

        /// The context has the sources and no more: no build, no key, no virtual environment.
        @Test func theContextIsSmall() throws {
            let text = try String(contentsOf: KubernetesTools.repository.appending(path: ".dockerignore"), encoding: .utf8)
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(lines.first == "*")
            let build = try #require(file.stages["build"])
            let copied = build.instructions.filter { $0.word == "COPY" }.compactMap { $0.rest.split(separator: " ").first.map { "!\($0)" } }
            #expect(lines.dropFirst().map(String.init).sorted() == copied.sorted())
        }

        /// What the image is built with is what `make release` builds with, so that `make check-image` checks the same programs.
        @Test func theReleaseBuildIsTheImages() throws {
            let script = try String(contentsOf: KubernetesTools.repository.appending(path: "scripts/build"), encoding: .utf8)
            let line = try #require(file.stages["build"]?.instructions.first { $0.rest.hasPrefix("swift build") }?.rest)
            for option in line.split(separator: " ").dropFirst(4) { #expect(script.contains(option), "\(option)") }
            #expect(line.hasPrefix("swift build -c release "))
        }
    }
}

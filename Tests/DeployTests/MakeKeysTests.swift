import Foundation
import TestServers
import Testing

extension DeployTests {
    /// `deploy/make-keys`, with a cluster that is a folder: what it is told to keep lies in files, made by the real kubectl.
    struct MakeKeysTests {
        /// A `kubectl` that keeps objects in the folder `$CLUSTER`. The pod that makes keys answers with the file `log`, if there is one.
        private static let cluster = """
            #!/bin/sh
            line="$*"
            case "$line" in
            *--dry-run=client*) exec "$REAL_KUBECTL" "$@" ;;
            apply*) cat >"$CLUSTER/applied.$$" ;;
            *"get secret cicada-keys"*) [ ! -e "$CLUSTER/secret" ] || echo secret/cicada-keys ;;
            *"create secret"*) "$REAL_KUBECTL" "$@" --dry-run=client -o yaml >"$CLUSTER/secret" ;;
            *" wait "*) [ -e "$CLUSTER/log" ] ;;
            *" logs "*) cat "$CLUSTER/log" ;;
            *" describe "*) echo 'Failed to pull image "cicada:0.1.0"' ;;
            *" delete "*) echo "$line" >>"$CLUSTER/deleted" ;;
            *) echo "not understood: $line" >&2; exit 1 ;;
            esac
            """

        /// Calls the script of a copy of `deploy/`, so that no build of this repository is found. `cicada`: what makes the keys; nil: a pod has to.
        private func makeKeys(in folder: String, cicada: String?, arguments: [String] = []) throws -> RunningProgram.End {
            let files = FileManager.default
            if !files.fileExists(atPath: "\(folder)/deploy") {
                try files.copyItem(atPath: KubernetesTools.repository.appending(path: "deploy").path(), toPath: "\(folder)/deploy")
                try Data(Self.cluster.utf8).write(to: URL(filePath: "\(folder)/kubectl"))
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/kubectl")
            }
            // Neither cicada nor a container engine is in these folders, or none that runs.
            let environment = [
                "PATH": "/usr/bin:/bin", "KUBECTL": "\(folder)/kubectl", "CLUSTER": folder, "CICADA": cicada ?? "",
                "REAL_KUBECTL": try KubernetesTools.path(of: "kubectl"),
            ]
            return try RunningProgram(path: "\(folder)/deploy/make-keys", arguments, environment: environment).waitForEnd(atMost: 60)
        }

        /// What the Secret holds, decoded.
        private func secret(in folder: String) throws -> (namespace: String?, values: [String: String]) {
            let text = try String(contentsOfFile: "\(folder)/secret", encoding: .utf8)
            let object = try #require(try KubernetesObject.all(in: text).first)
            #expect(object.title == "Secret/cicada-keys")
            let values =
                object.at("data")?.pairs.compactMapValues { Data(base64Encoded: $0).map { String(decoding: $0, as: UTF8.self) } } ?? [:]
            return (object.namespace, values)
        }

        @Test func keysAreMadeByCicadaAndStay() async throws {
            try await onOwnThread {
                let cicada = try RunningProgram.path(ofBuilt: "cicada")
                try KubernetesTools.withFolder { folder in
                    let first = try makeKeys(in: folder, cicada: cicada)
                    #expect(first.exitCode == 0 && first.output.contains("the Secret cicada-keys is in the namespace cicada"), "\(first)")
                    let (namespace, values) = try secret(in: folder)
                    #expect(namespace == "cicada" && Set(values.keys) == ["CICADA_MASTER_KEY", "CICADA_JOIN_TOKEN"])
                    #expect(values["CICADA_MASTER_KEY"]?.hasPrefix("cicada-master-") == true && values["CICADA_MASTER_KEY"]?.count == 62)
                    #expect(values["CICADA_JOIN_TOKEN"]?.hasPrefix("cicada-join-") == true && values["CICADA_JOIN_TOKEN"]?.count == 103)
                    // The keys went nowhere else.
                    for key in values.values { #expect(!first.output.contains(key) && !first.errors.contains(key)) }
                    let again = try makeKeys(in: folder, cicada: cicada)
                    #expect(again.exitCode == 0 && again.output.contains("stays"), "\(again)")
                    #expect(try secret(in: folder).values == values)
                }
            }
        }

        @Test func anotherNamespaceCanBeNamed() async throws {
            try await onOwnThread {
                let cicada = try RunningProgram.path(ofBuilt: "cicada")
                try KubernetesTools.withFolder { folder in
                    let end = try makeKeys(in: folder, cicada: cicada, arguments: ["cicada-vantage"])
                    #expect(end.exitCode == 0, "\(end)")
                    #expect(try secret(in: folder).namespace == "cicada-vantage")
                }
            }
        }

        @Test func withoutCicadaAPodMakesThemAndGoes() async throws {
            try await onOwnThread {
                let keys = try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), ["token", "new"]).waitForEnd().output
                try KubernetesTools.withFolder { folder in
                    try Data(keys.utf8).write(to: URL(filePath: "\(folder)/log"))
                    let end = try makeKeys(in: folder, cicada: nil)
                    #expect(end.exitCode == 0, "\(end)")
                    #expect(
                        try secret(in: folder).values.map { "\($0)=\($1)\n" }.sorted().joined()
                            == keys.split(separator: "\n").sorted().map { "\($0)\n" }.joined())
                    let applied = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("applied.") }
                        .flatMap { try KubernetesObject.all(in: String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
                    let pod = try #require(applied.first { $0.kind == "Pod" })
                    #expect(PodSecurity.violations(of: try #require(pod.at("spec"))) == [] && pod.namespace == "cicada")
                    #expect(pod.at("spec", "containers", "0", "image")?.text == "cicada:0.1.0")
                    // Its log has the keys.
                    #expect(try String(contentsOfFile: "\(folder)/deleted", encoding: .utf8).contains("delete pod \(pod.name)"))
                }
            }
        }

        @Test func aPodThatDoesNotStartIsToldAndGoes() async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    let end = try makeKeys(in: folder, cicada: nil)
                    #expect(
                        end.exitCode == 1 && end.errors.contains("Failed to pull image")
                            && end.errors.hasSuffix("no keys could be made, see above\n"), "\(end)")
                    #expect(
                        !FileManager.default.fileExists(atPath: "\(folder)/secret")
                            && FileManager.default.fileExists(atPath: "\(folder)/deleted"))
                }
            }
        }

        @Test func whatIsNoKeyIsNotKept() async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    let end = try makeKeys(in: folder, cicada: "/bin/echo")
                    #expect(end.exitCode == 1 && end.errors.contains("these are no keys of this version of cicada: 'token new"), "\(end)")
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/secret"))
                }
            }
        }
    }
}

import Foundation
import LoadModel
import TestServers
import Testing

extension DeployTests {
    /// Deadlines, counts and exit codes: every run ends, and what ends it is what was meant.
    struct RunLifeTests {
        /// Seconds of a text such as 10m.
        static func seconds(_ text: String) -> Double? { DurationText.nanoseconds(text).map { Double($0) / 1e9 } }

        private static func option(_ name: String, of container: KubernetesObject) -> String? {
            container.commandLine.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
        }

        /// Exit codes that docs/exit-codes.md has a row for.
        private static func documentedCodes() throws -> Set<Int> {
            let text = try String(contentsOf: KubernetesTools.repository.appending(path: "docs/exit-codes.md"), encoding: .utf8)
            return Set(text.split(separator: "\n").compactMap { $0.firstMatch(of: #/^\| ([0-9]+) \|/#).flatMap { Int($0.output.1) } })
        }

        @Test(arguments: Overlay.allCases) func jobsLastLongerThanTheirRuns(overlay: Overlay) async throws {
            try await onOwnThread {
                let settings = try overlay.settings()
                let runTime = try #require(settings["run-time"].flatMap(Self.seconds))
                let wait = try #require(settings["expect-workers-max-wait"].flatMap(Self.seconds))
                let master = try #require(try overlay.job("cicada-master"))
                let container = try #require(master.at("template", "spec", "containers", "0"))
                let linger = try #require(Self.option("linger", of: container).flatMap(Self.seconds))
                // Two minutes for the end of a run, or for a pod that comes late.
                let deadline = try #require(master.at("activeDeadlineSeconds")?.number.map(Double.init))
                #expect(deadline >= wait + runTime + linger + 120 && deadline <= 3 * (wait + runTime + linger) + 3600)
                guard let worker = try overlay.job("cicada-worker") else { return }
                let itsContainer = try #require(worker.at("template", "spec", "containers", "0"))
                let patience = try #require(Self.option("master-max-wait", of: itsContainer))
                let workersDeadline = try #require(worker.at("activeDeadlineSeconds")?.number.map(Double.init))
                #expect(try workersDeadline >= #require(Self.seconds(patience)) + runTime + 120)
                // Whoever comes first waits for the other.
                #expect(Self.seconds(patience) == wait)
            }
        }

        @Test(arguments: Overlay.allCases) func disruptionsAreRetriedAndVerdictsAreNot(overlay: Overlay) async throws {
            try await onOwnThread {
                let documented = try Self.documentedCodes()
                #expect(documented.count == 9)
                // 0 is no failure, 6 is not a master's, and 130 is somebody's SIGTERM.
                for (name, codes) in [("master", documented.subtracting([0, 6, 130])), ("worker", [2, 3, 6])] {
                    guard let job = try overlay.job("cicada-\(name)") else { continue }
                    let rules = job.at("podFailurePolicy", "rules")?.items ?? []
                    #expect(rules.count == 2, "\(name)")
                    // The first rule that fits counts: a pod that is evicted may end with any code.
                    let disruption = try #require(rules.first)
                    #expect(disruption.at("action")?.text == "Ignore")
                    #expect(disruption.at("onPodConditions", "0")?.pairs == ["type": "DisruptionTarget", "status": "True"])
                    let verdict = try #require(rules.last)
                    #expect(verdict.at("action")?.text == "FailJob" && verdict.at("onExitCodes", "operator")?.text == "In")
                    let values = verdict.at("onExitCodes", "values")?.items.compactMap(\.number) ?? []
                    #expect(Set(values) == codes && codes.isSubset(of: documented) && values == values.sorted(), "\(name): \(values)")
                    let containers = job.at("template", "spec", "containers")?.items.map(\.containerName)
                    #expect(containers == [verdict.at("onExitCodes", "containerName")?.text ?? "?"])
                    // Kubernetes takes such a policy only with this.
                    #expect(job.at("template", "spec", "restartPolicy")?.text == "Never")
                }
            }
        }

        @Test(arguments: Overlay.allCases) func thereIsTimeForAnEndInOrder(overlay: Overlay) async throws {
            try await onOwnThread {
                for pod in try overlay.pods() {
                    let grace = try #require(pod.spec.at("terminationGracePeriodSeconds")?.number)
                    // docs/lifecycle.md: a worker's last figures take 10 s at most; a master's end 2 s for requests, 10 s for figures, and its report.
                    let least = ["master": 30, "worker": 15, "target": 1][pod.labels["app.kubernetes.io/component"] ?? ""]
                    #expect(try grace >= #require(least), "\(pod.owner)")
                }
            }
        }

        @Test(arguments: Overlay.allCases) func theMasterExpectsAsManyWorkersAsThereAre(overlay: Overlay) async throws {
            try await onOwnThread {
                let environment = try #require(try overlay.job("cicada-master")?.at("template", "spec", "containers", "0", "env")).items
                let value = try #require(environment.first { $0.at("name")?.text == "CICADA_EXPECT_WORKERS" }?.at("value"))
                // A variable's value has to be a text.
                #expect(value.node.tag.description.contains("str"), "\(value.node.tag)")
                let workers = try overlay.workers()
                #expect(try Int(#require(value.text)) == workers ?? 1)
                #expect(try overlay.settings()["expect-workers"] == nil, "one place is enough")
                guard let job = try overlay.job("cicada-worker") else {
                    #expect(overlay == .fleet || overlay == .vantage)
                    let pod = try #require(overlay.pods().first { $0.labels["app.kubernetes.io/component"] == "worker" })
                    #expect(pod.containers[0].commandLine.contains("--stay") && pod.spec.at("restartPolicy")?.text == "Always")
                    return
                }
                #expect(job.at("completionMode")?.text == "Indexed" && job.at("parallelism")?.number == workers)
            }
        }

        @Test(arguments: Overlay.allCases) func probesAskForPathsThatThereAre(overlay: Overlay) async throws {
            try await onOwnThread {
                let paths = try String(
                    contentsOf: KubernetesTools.repository.appending(path: "Sources/MasterHTTP/WebPath.swift"), encoding: .utf8)
                for pod in try overlay.pods() {
                    for container in pod.containers {
                        for kind in ["startupProbe", "livenessProbe", "readinessProbe"] {
                            guard let get = container.at(kind, "httpGet") else { continue }
                            let path = try #require(get.at("path")?.text)
                            #expect(path == "/counts" || paths.contains("\"\(path)\""), "\(pod.owner): \(path)")
                            let names = container.at("ports")?.items.compactMap { $0.at("name")?.text } ?? []
                            #expect(names.contains(get.at("port")?.text ?? ""), "\(pod.owner)")
                        }
                    }
                }
            }
        }

        @Test func soakRunsOneAfterTheOtherAndKeepsItsState() async throws {
            try await onOwnThread {
                let objects = try Overlay.soak.objects()
                let jobs = objects.of("CronJob")
                #expect(jobs.map(\.name).sorted() == ["cicada-master", "cicada-worker"] && objects.of("Job").isEmpty)
                #expect(Set(jobs.map { $0.at("spec", "schedule")?.text }).count == 1)
                for job in jobs {
                    let spec = try #require(job.at("spec"))
                    #expect(spec.at("concurrencyPolicy")?.text == "Forbid" && spec.at("timeZone")?.text == "Etc/UTC")
                    // Below 10 s the controller may never see that a run is due.
                    #expect((spec.at("startingDeadlineSeconds")?.number ?? 0) >= 60)
                    #expect((1...10).contains(spec.at("successfulJobsHistoryLimit")?.number ?? 0))
                    #expect((1...10).contains(spec.at("failedJobsHistoryLimit")?.number ?? 0))
                    #expect(spec.at("jobTemplate", "spec", "ttlSecondsAfterFinished") == nil)
                    // It has ended when the next is due.
                    #expect((spec.at("jobTemplate", "spec", "activeDeadlineSeconds")?.number ?? .max) < 24 * 3600)
                }
                let pod = try #require(Overlay.soak.pods().first { $0.owner == "CronJob/cicada-master" })
                let container = try #require(pod.containers.first)
                let mount = try #require(
                    container.at("volumeMounts")?.items.first { $0.at("name")?.text == "state" }?.at("mountPath")?.text)
                for option in ["state", "json"] {
                    #expect(Self.option(option, of: container)?.hasPrefix("\(mount)/$(CICADA_JOB_NAME)") == true)
                }
                let variable = container.at("env")?.items.first { $0.at("name")?.text == "CICADA_JOB_NAME" }
                #expect(variable?.at("valueFrom", "fieldRef", "fieldPath")?.text == "metadata.labels['job-name']")
                // The volume's files belong to the user's group.
                #expect(pod.spec.at("securityContext", "fsGroup")?.number == pod.spec.at("securityContext", "runAsGroup")?.number)
            }
        }

        /// The very command that keeps the volume small, in a folder of runs.
        @Test func oldRunsAreThinnedOut() async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    let pod = try #require(Overlay.soak.pods().first { $0.owner == "CronJob/cicada-master" })
                    let thin = try #require(pod.spec.at("initContainers", "0"))
                    for number in 1...10 {
                        let run = "\(folder)/cicada-master-\(29_000_000 + number)"
                        try FileManager.default.createDirectory(atPath: "\(run)/deep", withIntermediateDirectories: true)
                        let age = Date(timeIntervalSinceNow: Double(number - 20) * 86_400)
                        try FileManager.default.setAttributes([.modificationDate: age], ofItemAtPath: run)
                    }
                    try FileManager.default.createDirectory(atPath: "\(folder)/lost+found", withIntermediateDirectories: true)
                    let line = thin.commandLine.map { $0.replacing("/state", with: folder) }
                    for _ in 1...2 {
                        let end = try RunningProgram(path: "/bin/\(line[0])", Array(line.dropFirst())).waitForEnd()
                        #expect(end.exitCode == 0, "\(end)")
                        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                        #expect(left == (4...10).map { "cicada-master-\(29_000_000 + $0)" } + ["lost+found"])
                    }
                    // A new volume has none.
                    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
                    }
                    #expect(try RunningProgram(path: "/bin/\(line[0])", Array(line.dropFirst())).waitForEnd().exitCode == 0)
                }
            }
        }
    }
}

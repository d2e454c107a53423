import TestServers
import Testing

extension DeployTests {
    /// What pods may do: the standard "restricted", and more of our own.
    struct PodSecurityTests {
        @Test(arguments: Overlay.allCases) func podsAreRestricted(overlay: Overlay) async throws {
            try await onOwnThread {
                let pods = try overlay.pods()
                #expect(pods.count == 3, "\(pods.map(\.owner))")
                for pod in pods {
                    // Measuring from the node's own network is what `vantage` is for; it does nothing else against the standard.
                    let isFromNode = overlay == .vantage && pod.owner == "DaemonSet/cicada-worker"
                    #expect(PodSecurity.violations(of: pod.spec) == (isFromNode ? ["hostNetwork"] : []), "\(pod.owner)")
                }
            }
        }

        @Test(arguments: Overlay.allCases) func theNamespaceEnforcesIt(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try overlay.objects()
                let namespace = try #require(objects.of("Namespace").first)
                #expect(objects.of("Namespace").count == 1 && namespace.name == (overlay == .vantage ? "cicada-vantage" : "cicada"))
                let level = overlay == .vantage ? "privileged" : "restricted"
                for mode in ["enforce", "audit", "warn"] { #expect(namespace.labels["pod-security.kubernetes.io/\(mode)"] == level) }
                // Nothing lies elsewhere, where nothing is enforced.
                for object in objects where object.kind != "Namespace" { #expect(object.namespace == namespace.name, "\(object.title)") }
            }
        }

        @Test(arguments: Overlay.allCases) func podsHaveNoTokenNorMoreThanTheyNeed(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try overlay.objects()
                for account in objects.of("ServiceAccount") {
                    #expect(account.at("automountServiceAccountToken")?.flag == false, "\(account.title)")
                }
                for kind in ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Secret"] {
                    #expect(objects.of(kind).isEmpty, "\(kind)")
                }
                for pod in try overlay.pods() {
                    #expect(pod.spec.at("automountServiceAccountToken")?.flag == false, "\(pod.owner)")
                    #expect(pod.spec.at("enableServiceLinks")?.flag == false, "\(pod.owner)")
                    let account = try #require(pod.spec.at("serviceAccountName")?.text)
                    #expect(objects.first("ServiceAccount", account) != nil, "\(pod.owner): \(account)")
                    for container in pod.allContainers {
                        let words = "\(pod.owner), \(container.containerName)"
                        #expect(container.at("securityContext", "readOnlyRootFilesystem")?.flag == true, "\(words)")
                        // A number, so that the kubelet can tell that it is not root.
                        #expect((pod.spec.at("securityContext", "runAsUser")?.number ?? 0) > 0, "\(words)")
                        #expect(container.at("resources", "requests", "cpu") != nil, "\(words)")
                        #expect(container.at("resources", "limits", "memory") != nil, "\(words)")
                        #expect(container.at("terminationMessagePolicy")?.text == "FallbackToLogsOnError", "\(words)")
                        // All of a Secret in the environment would give workers the master's key.
                        #expect(container.at("envFrom") == nil, "\(words)")
                    }
                }
            }
        }

        /// A worker that is taken over gives away the join token and no more; and a missing Secret is told by cicada, not by a pod that never starts.
        @Test(arguments: Overlay.allCases) func eachPodHasTheKeyThatIsItsOwn(overlay: Overlay) async throws {
            try await onOwnThread {
                for pod in try overlay.pods() {
                    let secrets = pod.allContainers.flatMap { $0.at("env")?.items ?? [] }.compactMap { $0.at("valueFrom", "secretKeyRef") }
                    let keys = secrets.compactMap { $0.at("key")?.text }
                    let expected = pod.labels["app.kubernetes.io/component"].flatMap {
                        ["master": ["CICADA_MASTER_KEY"], "worker": ["CICADA_JOIN_TOKEN"], "target": []][$0]
                    }
                    #expect(keys == expected, "\(pod.owner): \(keys)")
                    #expect(secrets.allSatisfy { $0.at("name")?.text == "cicada-keys" && $0.at("optional")?.flag == true })
                }
            }
        }

        /// The rules themselves: a pod that passes, and with one line of it changed.
        @Test(arguments: [
            ("runAsNonRoot: true", "runAsNonRoot: false"), ("runAsUser: 7", "runAsUser: 0"), ("type: RuntimeDefault", "type: Unconfined"),
            ("allowPrivilegeEscalation: false", "privileged: false"), ("drop: [ALL]", "drop: [NET_RAW]"),
            ("emptyDir: {}", "hostPath: { path: / }"),
            ("automount: x", "hostNetwork: true"), ("automount: x", "hostPID: true"),
            ("sysctls: []", "sysctls: [{ name: kernel.msgmax, value: '1' }]"),
            ("ports: []", "ports: [{ containerPort: 1, hostPort: 1 }]"), ("drop: [ALL]", "drop: [ALL], add: [SYS_ADMIN]"),
            ("initContainers: []", "initContainers: [{ name: i }]"), ("procMount: Default", "procMount: Unmasked"),
        ]) func eachRuleCanBeBroken(line: String, instead: String) throws {
            let good = """
                automount: x
                initContainers: []
                volumes: [{ name: v, emptyDir: {} }]
                securityContext: { runAsNonRoot: true, runAsUser: 7, seccompProfile: { type: RuntimeDefault }, sysctls: [] }
                containers:
                  - name: c
                    ports: []
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, procMount: Default }
                """
            #expect(try PodSecurity.violations(of: #require(KubernetesObject.all(in: good).first)) == [])
            let bad = good.replacing(line, with: instead)
            #expect(bad != good)
            #expect(try !PodSecurity.violations(of: #require(KubernetesObject.all(in: bad).first)).isEmpty, "\(bad)")
        }
    }
}

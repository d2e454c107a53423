import TestServers
import Testing

extension DeployTests {
    /// Who may speak to whom, worked out from the policies as a cluster does: a connection needs the sender's leave and the receiver's.
    struct NetworkPolicyTests {
        /// A pod by its component, in the run's own namespace, or one of another namespace.
        private struct Peer {
            var labels: [String: String]
            var namespace: String?

            static func own(_ component: String) -> Peer {
                Peer(labels: [
                    "app.kubernetes.io/name": component == "target" ? "sample-webapp" : "cicada", "app.kubernetes.io/component": component,
                ])
            }
            static func other(_ namespace: String) -> Peer { Peer(labels: [:], namespace: namespace) }
        }

        private static func holds(_ labels: [String: String], _ selector: KubernetesObject) -> Bool {
            (selector.at("matchLabels")?.pairs ?? [:]).allSatisfy { labels[$0.key] == $0.value }
                && (selector.at("matchExpressions")?.items ?? []).allSatisfy { expression in
                    expression.at("operator")?.text == "In"
                        && labels[expression.at("key")?.text ?? ""].map {
                            expression.at("values")?.texts.contains($0) == true
                        } == true
                }
        }

        /// Whether rules of a direction let a peer through at a port; `direction`: `from` or `to`.
        private static func isLet(_ rules: [KubernetesObject], _ direction: String, _ peer: Peer, port: Int, _ transport: String) -> Bool {
            rules.contains { rule in
                let ports = rule.at("ports")?.items ?? []
                let isPort = ports.isEmpty || ports.contains { $0.at("port")?.number == port && $0.at("protocol")?.text == transport }
                guard let peers = rule.at(direction) else { return isPort }
                return isPort
                    && peers.items.contains { entry in
                        if let namespaces = entry.at("namespaceSelector") {
                            guard let namespace = peer.namespace else { return false }
                            return holds(["kubernetes.io/metadata.name": namespace], namespaces)
                        }
                        guard peer.namespace == nil, let pods = entry.at("podSelector") else { return false }
                        return holds(peer.labels, pods)
                    }
            }
        }

        /// Whether a pod of the namespace may open a connection (`Egress`) to a peer, or be opened one by it (`Ingress`).
        private static func may(_ pod: Peer, _ type: String, _ peer: Peer, port: Int, _ transport: String, by policies: [KubernetesObject])
            -> Bool
        {
            let direction = type == "Ingress" ? "from" : "to"
            let mine = policies.filter { policy in
                policy.at("spec", "policyTypes")?.texts.contains(type) == true
                    && policy.at("spec", "podSelector").map { holds(pod.labels, $0) } == true
            }
            if mine.isEmpty { return true }
            return mine.contains { isLet($0.at("spec", type.lowercased())?.items ?? [], direction, peer, port: port, transport) }
        }

        private static func connects(_ from: Peer, _ to: Peer, port: Int, by policies: [KubernetesObject]) -> Bool {
            (from.namespace != nil || may(from, "Egress", to, port: port, "TCP", by: policies))
                && (to.namespace != nil || may(to, "Ingress", from, port: port, "TCP", by: policies))
        }

        @Test(arguments: Overlay.allCases.filter { $0 != .vantage }) func onlyWhatARunNeedsIsOpen(overlay: Overlay) async throws {
            try await onOwnThread {
                let policies = try overlay.objects().of("NetworkPolicy")
                let (master, worker, target) = (Peer.own("master"), Peer.own("worker"), Peer.own("target"))
                var open: [String] = []
                for (from, name) in [
                    (master, "master"), (worker, "worker"), (target, "target"), (.other("traefik"), "ingress"), (.other("x"), "x"),
                ] {
                    for (to, toName) in [(master, "master"), (worker, "worker"), (target, "target"), (.other("x"), "x")] {
                        if from.namespace != nil, to.namespace != nil { continue }
                        for port in [22, 80, 443, 5557, 8000, 8089] where Self.connects(from, to, port: port, by: policies) {
                            open.append("\(name)-\(toName):\(port)")
                        }
                    }
                }
                #expect(open.sorted() == ["ingress-target:8000", "worker-master:5557", "worker-target:8000"])
            }
        }

        /// The master's web port: for pods of the namespace that are let out. Names: for all.
        @Test(arguments: Overlay.allCases) func namesCanBeAskedForAndTheResultBeRead(overlay: Overlay) async throws {
            try await onOwnThread {
                let policies = try overlay.objects().of("NetworkPolicy")
                for component in ["master", "worker", "target"] {
                    for transport in ["UDP", "TCP"] {
                        #expect(
                            Self.may(.own(component), "Egress", .other("kube-system"), port: 53, transport, by: policies), "\(component)")
                    }
                }
                let reader = Peer(labels: ["app": "reader"])
                #expect(Self.may(.own("master"), "Ingress", reader, port: 8089, "TCP", by: policies))
                #expect(!Self.may(.own("master"), "Ingress", .other("x"), port: 8089, "TCP", by: policies))
            }
        }

        /// Pods in the node's network are no pods to a policy: what they need is open to all addresses.
        @Test func workersOfTheNodesNetworkReachMasterAndTarget() async throws {
            try await onOwnThread {
                let policies = try Overlay.vantage.objects().of("NetworkPolicy")
                let node = Peer.other("some node")
                #expect(Self.connects(node, .own("master"), port: 5557, by: policies))
                #expect(Self.connects(node, .own("target"), port: 8000, by: policies))
                #expect(!Self.connects(node, .own("master"), port: 8089, by: policies))
            }
        }
    }
}

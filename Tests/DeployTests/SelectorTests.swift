import TestServers
import Testing

extension DeployTests {
    /// Whatever names something else names something that is there.
    struct SelectorTests {
        @Test(arguments: Overlay.allCases) func servicesLeadToPodsAndTheirPorts(overlay: Overlay) async throws {
            try await onOwnThread {
                let (objects, pods) = (try overlay.objects(), try overlay.pods())
                #expect(objects.of("Service").map(\.name).sorted() == ["cicada-master", "sample-webapp"])
                for service in objects.of("Service") {
                    let selector = service.at("spec", "selector")?.pairs ?? [:]
                    let selected = pods.filter { $0.isSelected(by: selector) }
                    #expect(!selector.isEmpty && selected.count == 1, "\(service.title): \(selected.map(\.owner))")
                    let ports = selected.flatMap(\.containers).flatMap { $0.at("ports")?.items ?? [] }
                    for port in service.at("spec", "ports")?.items ?? [] {
                        let target = try #require(port.at("targetPort")?.text)
                        let container = try #require(ports.first { $0.at("name")?.text == target }, "\(service.title): \(target)")
                        #expect(container.at("containerPort")?.number == port.at("port")?.number, "\(service.title): \(target)")
                    }
                }
                let numbers = objects.first("Service", "cicada-master")?.at("spec", "ports")?.items.map { $0.at("port")?.number }
                #expect(numbers == [5557, 8089])
            }
        }

        @Test(arguments: Overlay.allCases) func theIngressLeadsToTheWebApp(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try overlay.objects()
                // Its public name belongs to one namespace.
                guard overlay != .vantage else {
                    #expect(objects.of("Ingress").isEmpty)
                    return
                }
                let ingress = try #require(objects.first("Ingress", "sample-webapp"))
                #expect(ingress.at("apiVersion")?.text == "networking.k8s.io/v1")
                #expect(ingress.at("spec", "ingressClassName")?.text == "traefik")
                let rule = try #require(ingress.at("spec", "rules", "0"))
                #expect(rule.at("host")?.text == "traefik.sample-webapp.io")
                let backend = try #require(rule.at("http", "paths", "0", "backend", "service"))
                let service = try #require(backend.at("name")?.text.flatMap { objects.first("Service", $0) })
                #expect(service.at("spec", "ports")?.items.contains { $0.at("name")?.text == backend.at("port", "name")?.text } == true)
                #expect(service.at("spec", "ports", "0", "port")?.number == 8000)
            }
        }

        @Test(arguments: Overlay.allCases) func workloadsSelectTheirOwnPods(overlay: Overlay) async throws {
            try await onOwnThread {
                for object in try overlay.objects() where ["Deployment", "DaemonSet"].contains(object.kind) {
                    let selector = object.at("spec", "selector", "matchLabels")?.pairs ?? [:]
                    let selected = try overlay.pods().filter { $0.isSelected(by: selector) }.map(\.owner)
                    #expect(!selector.isEmpty && selected == [object.title], "\(selected)")
                }
            }
        }

        @Test(arguments: Overlay.allCases) func budgetsCoverMasterAndTarget(overlay: Overlay) async throws {
            try await onOwnThread {
                let pods = try overlay.pods()
                var covered: [String] = []
                for budget in try overlay.objects().of("PodDisruptionBudget") {
                    let selector = budget.at("spec", "selector", "matchLabels")?.pairs ?? [:]
                    let selected = pods.filter { $0.isSelected(by: selector) }
                    #expect(selected.count == 1, "\(budget.title): \(selected.map(\.owner))")
                    covered += selected.compactMap { $0.labels["app.kubernetes.io/component"] }
                    // Jobs cannot be scaled, so a share of them cannot be worked out: only a number that stays will do.
                    if budget.name == "cicada-master" { #expect(budget.at("spec", "minAvailable")?.number == 1) }
                }
                #expect(covered.sorted() == ["master", "target"])
            }
        }

        @Test(arguments: Overlay.allCases) func volumesThatAreMountedAreThere(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try overlay.objects()
                for pod in try overlay.pods() {
                    let volumes = pod.spec.at("volumes")?.items ?? []
                    let names = Set(volumes.compactMap { $0.at("name")?.text })
                    let mounted = Set(pod.allContainers.flatMap { $0.at("volumeMounts")?.items ?? [] }.compactMap { $0.at("name")?.text })
                    #expect(mounted == names, "\(pod.owner)")
                    for volume in volumes {
                        if let name = volume.at("configMap", "name")?.text {
                            #expect(objects.first("ConfigMap", name) != nil, "\(pod.owner): \(name)")
                            // Mounted as a whole and optional: a missing key or map is told by cicada, not by a pod that never starts.
                            #expect(volume.at("configMap", "items") == nil && volume.at("configMap", "optional")?.flag == true)
                        }
                        if let name = volume.at("persistentVolumeClaim", "claimName")?.text {
                            #expect(objects.first("PersistentVolumeClaim", name) != nil, "\(pod.owner): \(name)")
                        }
                    }
                }
            }
        }
    }
}

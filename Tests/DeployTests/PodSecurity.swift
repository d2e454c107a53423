/// The Pod Security standard "restricted", as https://kubernetes.io/docs/concepts/security/pod-security-standards/ has it.
enum PodSecurity {
    private static let volumeKinds: Set<String> = [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
    ]
    /// Those that 1.26 takes for safe, too; later versions know more.
    private static let safeSysctls: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
    ]
    private static let seLinuxTypes: Set<String> = ["", "container_t", "container_init_t", "container_kvm_t"]

    /// What a pod's specification does against it, one line each.
    static func violations(of spec: KubernetesObject) -> [String] {
        var found: [String] = []
        for key in ["hostNetwork", "hostPID", "hostIPC"] where spec.at(key)?.flag == true { found.append(key) }
        for volume in spec.at("volumes")?.items ?? [] {
            for kind in volume.keys where kind != "name" && !volumeKinds.contains(kind) { found.append("volume \(kind)") }
        }
        for sysctl in spec.at("securityContext", "sysctls")?.items ?? [] {
            let name = sysctl.at("name")?.text ?? ""
            if !safeSysctls.contains(name) { found.append("sysctl \(name)") }
        }
        let whole = spec.at("securityContext")
        found += common(whole, of: "the pod")
        let containers = ["containers", "initContainers", "ephemeralContainers"].flatMap { spec.at($0)?.items ?? [] }
        if containers.isEmpty { found.append("no container") }
        for container in containers { found += violations(of: container, pod: whole) }
        return found
    }

    private static func violations(of container: KubernetesObject, pod: KubernetesObject?) -> [String] {
        let name = container.at("name")?.text ?? "?"
        let own = container.at("securityContext")
        var found = common(own, of: name)
        if own?.at("privileged")?.flag == true { found.append("\(name): privileged") }
        if own?.at("allowPrivilegeEscalation")?.flag != false { found.append("\(name): allowPrivilegeEscalation") }
        if own?.at("capabilities", "drop")?.texts.contains("ALL") != true { found.append("\(name): capabilities.drop") }
        for added in own?.at("capabilities", "add")?.texts ?? [] where added != "NET_BIND_SERVICE" {
            found.append("\(name): capability \(added)")
        }
        if let mount = own?.at("procMount")?.text, mount != "Default" { found.append("\(name): procMount") }
        if (own?.at("runAsNonRoot") ?? pod?.at("runAsNonRoot"))?.flag != true { found.append("\(name): runAsNonRoot") }
        let seccomp = (own?.at("seccompProfile") ?? pod?.at("seccompProfile"))?.at("type")?.text
        if seccomp != "RuntimeDefault" && seccomp != "Localhost" { found.append("\(name): seccompProfile") }
        for port in container.at("ports")?.items ?? [] where (port.at("hostPort")?.number ?? 0) != 0 { found.append("\(name): hostPort") }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] where container.at(probe, "httpGet", "host") != nil {
            found.append("\(name): \(probe) of another host")
        }
        return found
    }

    /// What holds for the security context of pods and containers alike.
    private static func common(_ context: KubernetesObject?, of owner: String) -> [String] {
        var found: [String] = []
        if context?.at("runAsUser")?.number == 0 { found.append("\(owner): runAsUser") }
        if context?.at("runAsNonRoot")?.flag == false { found.append("\(owner): runAsNonRoot") }
        if let type = context?.at("seccompProfile", "type")?.text, type == "Unconfined" { found.append("\(owner): seccompProfile") }
        if let type = context?.at("appArmorProfile", "type")?.text, type == "Unconfined" { found.append("\(owner): appArmorProfile") }
        if let options = context?.at("seLinuxOptions"),
            !seLinuxTypes.contains(options.at("type")?.text ?? "") || options.at("user") != nil || options.at("role") != nil
        {
            found.append("\(owner): seLinuxOptions")
        }
        if context?.at("windowsOptions", "hostProcess")?.flag == true { found.append("\(owner): hostProcess") }
        return found
    }
}

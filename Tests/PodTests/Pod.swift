import Foundation
import Glibc
import TestServers

/// One container in a pod of its own: network, processes, host name and mounts are its own, its root file system may only be read, and it has no
/// capabilities but the one to read what others own (the build's folder may be anybody's). Its program is process 1, as in a container.
final class Pod {
    /// What a manifest says of it.
    struct Specification {
        /// The pod's name, and its host name.
        var name: String
        /// Program and arguments.
        var command: [String]
        var environment: [String: String] = [:]
        /// Volumes by the folder where they are mounted.
        var volumes: [String: String] = [:]
        /// As many descriptors as the container runtime allows, where it is less than here.
        var descriptors: Int?
        /// The ports from which it may open connections (`net.ipv4.ip_local_port_range`).
        var localPorts = "1024 65535"
    }

    let specification: Specification
    let address: String
    let program: RunningProgram
    private let network: PodNetwork
    /// What its end of the cable and its network namespace are called on the node.
    private let port: String

    /// Starts it under an address that no other has had.
    init(_ specification: Specification, on network: PodNetwork) throws {
        self.specification = specification
        self.network = network
        address = network.newAddress()
        port = "pod" + address.split(separator: ".")[3]
        let volumes = specification.volumes.map { "\($0.value):\($0.key)" }.joined(separator: " ")
        let settings = [
            port, address, specification.name, Self.container, volumes, specification.descriptors.map(String.init) ?? "",
            specification.localPorts,
        ]
        program = try RunningProgram(
            path: "/usr/bin/nsenter", network.entering(Self.script, settings + specification.command),
            environment: ["HOME": "/", "XDG_RUNTIME_DIR": ""].merging(specification.environment) { $1 })
    }

    /// The last line of its log.
    var lastLine: String { program.errors.split(separator: "\n").last.map(String.init) ?? "" }

    /// Sends a signal to the container's process, as soon as it is there.
    func signal(_ number: Int32) {
        _ = becomesTrue { containerProcess != nil || program.hasEnded }
        if let process = containerProcess { kill(process, number) }
    }

    /// Takes it off the bridge, or puts it back. What is sent meanwhile vanishes, and nobody is told.
    func cut(_ isCut: Bool) throws {
        try network.run(isCut ? "ip link set $1 nomaster" : "ip link set $1 master pods", [port])
    }

    /// Ends it at once and takes away its address: nobody answers there any more. With its node, its peers are not even told that their
    /// connections are closed.
    func remove(withNode: Bool = false) throws {
        if withNode { try cut(true) }
        signal(SIGKILL)
        _ = try program.waitForEnd()
        try network.run("ip link delete $1; ip netns delete $1", [port])
    }

    /// The process that the specification's command has become; nil: it is not there yet, or no more.
    private var containerProcess: pid_t? {
        guard let command = specification.command.first.map({ ($0 as NSString).lastPathComponent }) else { return nil }
        var process = program.processIdentifier
        while let child = childProcesses(of: process).first { process = child }
        let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return name?.dropLast() == command.prefix(15) ? process : nil
    }

    /// Its network, then its name and its mounts, then its container.
    private static let script = """
        ip netns add $1
        ip link add $1 type veth peer name eth0 netns $1
        ip link set $1 master pods up
        ip -n $1 link set lo up
        ip -n $1 address add $2/16 dev eth0
        ip -n $1 link set eth0 up
        ip -n $1 route add default via \(PodNetwork.address)
        exec nsenter --net=/run/netns/$1 unshare --mount --uts --ipc /bin/sh -c '
            set -eu
            hostname $3
            root=\(PodNetwork.root) container=$4
            mount -t tmpfs -o mode=1777 tmpfs $root/tmp
            mount -t tmpfs -o mode=1777 tmpfs $root/run
            mkdir -m 2777 $root/run/cicada
            for volume in $5; do mount --bind /run/volumes/${volume%%:*} $root${volume#*:}; done
            [ -z "$6" ] || ulimit -n $6
            echo $7 >/proc/sys/net/ipv4/ip_local_port_range
            shift 7
            exec unshare --pid /bin/sh -c "$container" pod "$@"' pod "$@"
        """

    /// Process 1 and what waits for it: a shell, because not every `unshare --fork` tells of the signal that its child has died of.
    private static let container = """
        /bin/sh -c '
            mount -t proc proc \(PodNetwork.root)/proc
            exec chroot \(PodNetwork.root) setpriv --bounding-set=-all,+dac_read_search --inh-caps=-all --no-new-privs "$@"' pod "$@"
        exit $?
        """
}

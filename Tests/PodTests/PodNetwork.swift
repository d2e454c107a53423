import CPlatform
import Foundation
import Glibc
import TestServers

/// A node on which pods run: a bridge, a root file system that may only be read, a name server, and volumes in memory. All of it lives in
/// namespaces of one process and is gone with that: with this value, or, should the tests be killed, within two seconds. Several stand side by
/// side without knowing of each other, and all have the same addresses. Needs root.
final class PodNetwork {
    /// The node's own address on the bridge, where the name server is.
    static let address = "10.88.0.1"
    /// Where the pods' root file system lies for processes of the node.
    static let root = "/run/root"
    /// Where pods have the programs that were built with the tests.
    static let programs = "/built"

    let names: ServiceNames
    private let holder: RunningProgram
    /// The first process in the node's namespaces.
    let process: pid_t
    private var lastAddress = 1

    init() throws {
        holder = try RunningProgram(
            path: "/usr/bin/unshare",
            [
                "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private",
                "/bin/sh", "-c", Self.script, "node", "\(getpid())", try Self.builtPrograms(),
            ])
        guard holder.writes("ready"), let process = holder.children.first else {
            throw RawConnectionError(what: "no node for pods: \(holder.errors)")
        }
        self.process = process
        let socket = try Self.inNetwork(of: process) { try Self.bound(to: Self.address, port: 53) }
        names = try ServiceNames(socket: socket)
    }

    /// Whether this machine lets us make one: nil, or why not.
    static let hindrance: String? = {
        if geteuid() != 0 { return "pods need root" }
        do {
            let network = try PodNetwork()
            return withExtendedLifetime(network) { nil }
        } catch { return "\(error)" }
    }()

    /// An address that no pod has had.
    func newAddress() -> String {
        lastAddress += 1
        return "10.88.0.\(lastAddress)"
    }

    /// Makes a volume in memory, of so many bytes at most; or changes how large it may be.
    func makeVolume(_ name: String, bytes: Int = 64 << 20) throws {
        try run(
            """
            if [ -d /run/volumes/$1 ]; then mount -o remount,size=$2 /run/volumes/$1; exit; fi
            mkdir -p /run/volumes/$1 && mount -t tmpfs -o size=$2,mode=777 tmpfs /run/volumes/$1
            """, [name, "\(bytes)"])
    }

    /// Where a file of a volume is for the tests.
    func path(_ volume: String, _ file: String) -> String { "/proc/\(process)/root/run/volumes/\(volume)/\(file)" }

    /// Runs a shell script in the node's namespaces to its end.
    func run(_ script: String, _ arguments: [String] = []) throws {
        let end = try RunningProgram(path: "/usr/bin/nsenter", entering(script, arguments)).waitForEnd()
        if end.exitCode != 0 { throw RawConnectionError(what: "on the node: \(end.errors)") }
    }

    /// The arguments of `nsenter` for a script on the node.
    func entering(_ script: String, _ arguments: [String]) -> [String] {
        [
            "--target", "\(process)", "--mount", "--pid", "--net", "--", "/bin/sh", "-c",
            "set -eu; PATH=/usr/sbin:/usr/bin:/sbin:/bin\n" + script, "pod",
        ] + arguments
    }

    /// Asks a pod over HTTP, from the node. Throws when it cannot be reached.
    func get(_ path: String, from address: String, port: Int) throws -> RawResponse {
        let descriptor = try Self.inNetwork(of: process) { try Self.connected(to: address, port: port) }
        var connection = RawConnection(connected: descriptor)
        try connection.send("GET \(path) HTTP/1.1\r\nHost: \(address):\(port)\r\n\r\n")
        return try connection.receive()
    }

    /// The folder of the programs that were built with the tests.
    private static func builtPrograms() throws -> String {
        URL(fileURLWithPath: try RunningProgram.path(ofBuilt: "cicada")).deletingLastPathComponent().path
    }

    /// Work on this thread in the network namespace of a process; sockets that it opens stay there.
    private static func inNetwork<Value>(of process: pid_t, _ work: () throws -> Value) throws -> Value {
        let (ours, theirs) = (open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), open("/proc/\(process)/ns/net", O_RDONLY | O_CLOEXEC))
        defer { for descriptor in [ours, theirs] { close(descriptor) } }
        if ours < 0 || theirs < 0 || cplatform_enter_network(theirs) != 0 {
            throw RawConnectionError(what: "the network of process \(process): \(String(cString: strerror(errno)))")
        }
        defer { if cplatform_enter_network(ours) != 0 { preconditionFailure("the thread cannot return to its network") } }
        return try work()
    }

    private static func bound(to address: String, port: Int) throws -> Int32 {
        try opened(SOCK_DGRAM, address, port) { bind($0, $1, $2) }
    }

    private static func connected(to address: String, port: Int) throws -> Int32 {
        try opened(SOCK_STREAM, address, port) { connect($0, $1, $2) }
    }

    private static func opened(
        _ type: __socket_type, _ address: String, _ port: Int, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if status == 0 { return descriptor }
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw RawConnectionError(what: "\(address):\(port): \(reason)")
    }

    /// Makes the node, says so, and stays until the process of the tests has gone.
    private static let script = """
        set -eu
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/netns /run/volumes \(root)
        ip link set lo up
        # With an address of its own the bridge does not take that of the pod with the lowest one, and pods need not find out anew where it is.
        ip link add pods address 02:00:00:00:00:01 type bridge
        ip address add \(address)/16 dev pods
        ip link set pods up
        # What pods see: the machine's own folders, which they may only read, and an /etc with little in it.
        mount --bind \(root) \(root)
        for entry in /*; do
            case $entry in /proc | /etc | /run | /tmp | /cicada | /state | /results | /built) continue ;; esac
            if [ -L "$entry" ]; then
                cp -P "$entry" \(root)/
            elif [ -d "$entry" ]; then
                mkdir "\(root)$entry"
                mount --rbind "$entry" "\(root)$entry"
                case $entry in /dev | /sys) ;; *) mount -o remount,bind,ro "\(root)$entry" ;; esac
            fi
        done
        cd \(root)
        mkdir proc etc run tmp cicada state results built
        mount --bind "$2" built
        mount -o remount,bind,ro \(root)/built
        for name in passwd group ld.so.cache ld.so.conf ld.so.conf.d ssl localtime; do
            [ ! -e /etc/$name ] || cp -a /etc/$name etc/
        done
        echo 'hosts: files dns' >etc/nsswitch.conf
        echo '127.0.0.1 localhost' >etc/hosts
        echo 'nameserver \(address)' >etc/resolv.conf
        echo 'search \(ServiceNames.domain) svc.cluster.local cluster.local' >>etc/resolv.conf
        echo 'options ndots:5' >>etc/resolv.conf
        cd /
        mount -o remount,bind,ro \(root)
        echo ready
        # This /proc is that of the machine.
        while [ -d "/proc/$1" ]; do sleep 1; done
        """
}

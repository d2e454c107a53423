/// Connections that a worker has open, and has opened since its start.
struct ConnectionCount: Equatable {
    var open = 0
    var opened = 0
}

/// Local ports that the system chooses from for connections. To one address and port there cannot be more connections than these.
enum LocalPorts {
    /// How many there are; nil: the system does not say. `read`: a file's text; nil: there is none.
    static func count(read: (String) -> String? = { SystemFile.text($0) }) -> Int? {
        let range = (read("/proc/sys/net/ipv4/ip_local_port_range") ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard range.count == 2, 0...65_535 ~= range[0], range[0]...65_535 ~= range[1] else { return nil }
        return range[1] - range[0] + 1 - reserved(read("/proc/sys/net/ipv4/ip_local_reserved_ports") ?? "", in: range[0]...range[1])
    }

    /// `8080,9000-9100`: ports that the system leaves out.
    private static func reserved(_ text: String, in range: ClosedRange<Int>) -> Int {
        text.split { $0 == "," || $0.isWhitespace }.reduce(0) { sum, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, last >= range.lowerBound, first <= range.upperBound else {
                return sum
            }
            return sum + min(last, range.upperBound) - max(first, range.lowerBound) + 1
        }
    }
}

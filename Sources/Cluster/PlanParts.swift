import HTTPTransport
import LoadModel
import Wire

/// How texts of a plan are written.
enum PlanText {
    /// Bytes of a name, a URL or a tag.
    static let longest = 4096
}

/// What a run says of the script's user classes, over what the script does.
struct ClassOverrides: Equatable {
    /// What a run says of one class.
    struct Entry: Equatable {
        /// A check that the plan and the script go together.
        var name: String
        var host: String?
        var connections: ConnectionMode?
        var profile: ConnectionProfile
    }

    private static let mostClasses = 1000

    private var entries: [Entry]

    /// What there is of it in the scenario of a run.
    init(_ scenario: Scenario) {
        entries = scenario.userClasses.map { Entry(name: $0.name, host: $0.host, connections: $0.connections, profile: $0.profile) }
    }

    /// A script's scenario as it is in the run. Throws when it has other classes.
    func applied(to scenario: Scenario) throws(PlanMismatch) -> Scenario {
        let (planned, found) = (entries.map(\.name), scenario.userClasses.map(\.name))
        guard planned == found else {
            throw PlanMismatch(
                description:
                    "the script declares other user classes here (\(found.joined(separator: ", "))) than where the run was planned "
                    + "(\(planned.joined(separator: ", "))): its top level has to do the same on every machine")
        }
        var scenario = scenario
        for (index, entry) in entries.enumerated() {
            scenario.userClasses[index].host = entry.host
            scenario.userClasses[index].connections = entry.connections
            scenario.userClasses[index].profile = entry.profile
        }
        return scenario
    }

    func write(to writer: inout MessagePackWriter) {
        writer.array(entries.count)
        for entry in entries {
            writer.map(5)
            writer.pair("name", entry.name, atMost: PlanText.longest)
            writer.pair("host", entry.host, atMost: PlanText.longest)
            writer.pair("connections", entry.connections?.rawValue)
            writer.pair("proxy", entry.profile.proxy, atMost: PlanText.longest)
            writer.certificate(entry.profile.certificate)
        }
    }

    init(_ value: MessagePackValue) throws(WireError) {
        entries = try value.array(atMost: Self.mostClasses).map { value throws(WireError) in
            let map = try value.map()
            var entry = Entry(
                name: try map.required("name").string(atMost: PlanText.longest),
                host: try map.optional("host")?.string(atMost: PlanText.longest), connections: nil, profile: ConnectionProfile())
            if let mode = try map.optional("connections") {
                guard let known = ConnectionMode(rawValue: try mode.string(atMost: PlanText.longest)) else {
                    throw mode.error(.invalid, "is no mode")
                }
                entry.connections = known
            }
            entry.profile.proxy = try map.optional("proxy")?.string(atMost: PlanText.longest)
            entry.profile.certificate = try map.certificate()
            return entry
        }
        guard !entries.isEmpty else { throw value.error(.invalid, "is empty") }
    }
}

extension TransportOptions {
    func write(to writer: inout MessagePackWriter) {
        writer.map(6)
        writer.certificate(certificate)
        writer.pair("http_version", httpVersion.rawValue)
        writer.pair("verifies_tls", verifiesTLS)
        writer.pair("proxy", proxy, atMost: PlanText.longest)
        writer.pair("user_agent", userAgent)
        writer.string("authorities")
        if let authorities { writer.binary(authorities.bytes) } else { writer.null() }
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init()
        let version = try map.required("http_version")
        guard let known = HTTPVersion(rawValue: try version.string(atMost: PlanText.longest)) else {
            throw version.error(.invalid, "is no HTTP version")
        }
        httpVersion = known
        verifiesTLS = try map.required("verifies_tls").bool()
        certificate = try map.certificate()
        proxy = try map.optional("proxy")?.string(atMost: PlanText.longest)
        userAgent = try map.required("user_agent").string(atMost: PlanText.longest)
        if let authorities = try map.optional("authorities") {
            self.authorities = Authorities([UInt8](try authorities.binary(atMost: 16 << 20)))
        }
    }
}

extension MessagePackWriter {
    /// The key `certificate` and what a client shows; nil: nothing.
    mutating func certificate(_ certificate: ClientCertificate?) {
        string("certificate")
        guard let certificate else { return null() }
        map(3)
        pair("certificate", binary: certificate.certificate)
        pair("key", binary: certificate.key)
        pair("password", certificate.password, atMost: PlanText.longest)
    }

    /// A key and texts, in ascending order.
    mutating func strings(_ key: StaticString, _ values: Set<String>) {
        string(key)
        array(values.count)
        for value in values.sorted() { string(value, atMost: PlanText.longest) }
    }
}

extension MessagePackMap {
    /// What a client shows, if anything.
    func certificate() throws(WireError) -> ClientCertificate? {
        guard let map = try optional("certificate")?.map() else { return nil }
        let largest = 1 << 20
        return ClientCertificate(
            certificate: [UInt8](try map.required("certificate").binary(atMost: largest)),
            key: [UInt8](try map.required("key").binary(atMost: largest)),
            password: try map.optional("password")?.string(atMost: PlanText.longest))
    }

    /// The texts of a key.
    func strings(_ key: StaticString, atMost limit: Int) throws(WireError) -> Set<String> {
        Set(try required(key).array(atMost: limit).map { value throws(WireError) in try value.string(atMost: PlanText.longest) })
    }
}

import CCurl
import LoadModel

/// What holds for all requests of one transport.
package struct TransportOptions: Sendable {
    /// Which HTTP versions may be spoken.
    package enum HTTPVersion: String, Sendable, CaseIterable {
        /// HTTP/2 where TLS negotiates it, HTTP/1.1 otherwise.
        case auto
        case http1 = "1.1"
        /// HTTP/2 over TLS; over plain TCP by upgrade.
        case http2 = "2"
        /// HTTP/2 at once, without negotiation, over plain TCP too.
        case http2PriorKnowledge = "2-prior-knowledge"
    }

    package var httpVersion = HTTPVersion.auto
    /// False: certificates are not checked.
    package var verifiesTLS = true
    /// Trusted authorities instead of the system's.
    package var authorities: Authorities?
    /// URL of a proxy for the requests of all classes that have none of their own. The environment's proxies are never used: load must not take
    /// a detour by accident.
    package var proxy: String?
    /// What users of all classes show that have no certificate of their own.
    package var certificate: ClientCertificate?
    /// Longest body kept for the script, in bytes; longer ones are received whole but cut in memory.
    package var keptBodyLimit = 16 << 20
    /// Longest time for lookup, connect and TLS together.
    package var connectTimeoutMilliseconds = 60_000
    /// How long a name's addresses are used before they are looked up anew.
    package var lookupLifetimeNanoseconds: Int64 = 60_000_000_000
    package var userAgent = "Cicada"
    /// Addresses of this machine from which connections are made, in turns; empty: the system chooses. Each has ports of its own.
    package var sourceAddresses: [SourceAddress] = []

    package init() {}
}

extension TransportOptions.HTTPVersion {
    /// The value of `CURLOPT_HTTP_VERSION`.
    var option: Int {
        switch self {
        case .auto: Int(CURL_HTTP_VERSION_2TLS)
        case .http1: Int(CURL_HTTP_VERSION_1_1)
        case .http2: Int(CURL_HTTP_VERSION_2_0)
        case .http2PriorKnowledge: Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        }
    }
}

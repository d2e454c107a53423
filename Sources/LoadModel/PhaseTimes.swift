/// The parts of one request's service time, in microseconds as libcurl stamps them; `PhaseTimes.absent` where a part did not happen.
///
/// Lookup, connect and TLS happen only on a fresh connection. Source of the stamps: `CURLINFO_*_TIME_T`, libcurl 7.61 and later;
/// each part here is the difference of two neighbouring stamps.
package struct PhaseTimes: Sendable, Equatable {
    /// Stands for "did not happen": no request has a phase of negative length.
    package static let absent: Int64 = -1

    /// Name to address.
    package var lookupMicroseconds: Int64 = Self.absent
    /// TCP handshake, to the target or to the proxy.
    package var connectMicroseconds: Int64 = Self.absent
    /// TLS handshake.
    package var tlsMicroseconds: Int64 = Self.absent
    /// From the end of connecting, or on a kept connection from the start, to the first byte of the answer; the sending is part of it.
    package var waitMicroseconds: Int64 = Self.absent
    /// From the first to the last byte of the answer.
    package var receiveMicroseconds: Int64 = Self.absent

    package init() {}
}

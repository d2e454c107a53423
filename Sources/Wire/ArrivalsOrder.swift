import LoadModel

/// Which starts of the open model a worker carries out. `arrivals`
///
/// What was given is never taken back: claims only come, or go on for longer. So an order that is late or comes twice does no harm, and one that is lost
/// is made up for by the next.
package struct ArrivalsOrder: Sendable, Equatable {
    /// Claims of one order at most.
    package static let mostClaims = 10_000

    /// Rises with every order of a run; the worker's heartbeats show it.
    package var version: Int64
    /// The worker's epoch that this answers: a worker in a later one ignores it.
    package var epoch: Int
    /// From the start of the run to the sending, in nanoseconds.
    package var runElapsedNanoseconds: Int64
    /// All that the worker has not confirmed, and more.
    package var claims: [ArrivalClaim]

    package init(version: Int64, epoch: Int, runElapsedNanoseconds: Int64, claims: [ArrivalClaim]) {
        self.version = version
        self.epoch = epoch
        self.runElapsedNanoseconds = runElapsedNanoseconds
        self.claims = claims
    }
}

extension ArrivalsOrder {
    func write(to writer: inout MessagePackWriter) {
        writer.map(4)
        writer.pair("version", version)
        writer.pair("epoch", epoch)
        writer.pair("elapsed", runElapsedNanoseconds)
        writer.string("claims")
        writer.array(min(claims.count, Self.mostClaims))
        for claim in claims.prefix(Self.mostClaims) {
            writer.array(4)
            writer.integer(claim.from)
            if claim.until == .max { writer.null() } else { writer.integer(claim.until) }
            writer.integer(claim.modulus)
            writer.integer(claim.residue)
        }
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            version: try map.required("version").integer(in: WireBounds.version), epoch: try map.small("epoch"),
            runElapsedNanoseconds: try map.elapsed("elapsed"),
            claims: try map.required("claims").array(atMost: Self.mostClaims).map { value throws(WireError) in try Self.claim(value) })
    }

    private static func claim(_ value: MessagePackValue) throws(WireError) -> ArrivalClaim {
        let array = try value.array(of: 4)
        let until = try array[1].isNull ? .max : array[1].integer(in: WireBounds.elapsed)
        let modulus = try array[2].integer(in: 1...WireBounds.large.upperBound)
        return ArrivalClaim(
            from: try array[0].integer(in: WireBounds.elapsed), until: until, modulus: Int(modulus),
            residue: Int(try array[3].integer(in: 0...modulus - 1)))
    }
}

/// A peer that was not let in.
package struct Refusal: Sendable, Equatable, CustomStringConvertible {
    /// Why a peer was not let in.
    package enum Reason: String, Sendable {
        /// It knows this master, but has neither the workers' nor an operator's key.
        case unknownKey = "its key is not this master's: give it this master's join token"
        /// It expected another master key.
        case otherMaster = "it has the join token of another master: give it this master's"
        /// Encrypted here and not there, or the other way round.
        case otherSecurity = "it is not encrypted as this master is: --plain is for all or none"
        /// It speaks something else, like a browser or a port scan.
        case stranger = "it does not speak Cicada's protocol"
        /// It connected, and said nothing within the time allowed or left.
        case silent = "it left, or said nothing, before it was let in"
    }

    /// The peer's address without its port; nil when it was gone before it could be asked for.
    package var address: String?
    package var reason: Reason

    package var description: String { "\(address ?? "somebody") was not let in: \(reason.rawValue)" }
}

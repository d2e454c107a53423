/// What became of a message that was to be sent.
package enum SendResult: Sendable, Equatable {
    /// It waits for the I/O thread. Whether it arrives is not known.
    case sent
    /// There is no such peer any more.
    case gone
    /// The peer does not read: as many messages wait for it as may.
    case full
}

/// What a socket of the link puts up with.
package struct LinkLimits: Sendable {
    /// Bytes of the longest message that is taken from a peer; who sends a longer one is disconnected.
    package var greatestMessage: Int
    /// How long a peer may take to prove who it is, before it is disconnected.
    package var handshake: Duration
    /// Messages that wait for one peer, in either direction, before the sender is told that there is no room. The system's socket buffers
    /// come on top.
    package var queuedMessages: Int

    package init(greatestMessage: Int, handshake: Duration = .seconds(10), queuedMessages: Int = 128) {
        self.greatestMessage = greatestMessage
        self.handshake = handshake
        self.queuedMessages = queuedMessages
    }
}

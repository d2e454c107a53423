/// What both ends of the link agree on.
package enum Protocol {
    /// Raised when an older end would go wrong; ends of different versions refuse each other.
    package static let version = 3
    /// A message from a worker is at most so long, in bytes; longer ones are refused before they are read.
    package static let largestWorkerMessage = 64 << 20
    /// A message from the master is at most so long, in bytes: the value of `setup` and what is around it.
    package static let largestMasterMessage = 2 << 20
    /// An answer to an operator is at most so long, in bytes.
    package static let largestOperatorReply = 16 << 20
}

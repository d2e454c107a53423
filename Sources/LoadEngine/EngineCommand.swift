/// What an engine thread is told.
package enum EngineCommand: Sendable {
    /// Start users. Ignored after `stop` and `cutOff`.
    case spawn(SpawnOrder)
    /// Let users leave. Ignored after `stop` and `cutOff`.
    case retire(RetireOrder)
    /// Drop all users at once, those ordered too. Requests under way are cut off and counted as interrupted. New users may follow.
    case release
    /// So many connections may be open at once from now on; 0: no cap.
    case cap(Int)
    /// Send a report of the interval that ends now.
    case report
    /// Stop all users: running tasks get so long, requests already sent up to `StopDeadlines.sentRequestNanoseconds` more.
    case stop(graceNanoseconds: Int64)
    /// Stop all users and cut off all requests now.
    case cutOff
    /// Leave the loop at once, whatever is under way.
    case end
}

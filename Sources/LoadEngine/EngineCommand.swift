import LoadModel

/// What an engine thread is told.
package enum EngineCommand: Sendable {
    /// Start users. Ignored after `stop` and `cutOff`.
    case spawn(SpawnOrder)
    /// Let users leave. Ignored after `stop` and `cutOff`.
    case retire(RetireOrder)
    /// Carry out these starts of the open model. Ignored after `stop` and `cutOff`.
    case arrivals(ArrivalOrder)
    /// Drop all users at once, those ordered too, and forget all claims on starts. Requests under way are cut off and counted as interrupted. New users may follow.
    case release
    /// So many connections may be open at once from now on; 0: no cap.
    case cap(Int)
    /// So many connections may be opened per second from now on; nil: any number.
    case connectRate(Double?)
    /// Send a report of the interval that ends now.
    case report
    /// Stop all users: running tasks get so long, requests already sent up to `StopDeadlines.sentRequestNanoseconds` more.
    case stop(graceNanoseconds: Int64)
    /// Stop all users and cut off all requests now.
    case cutOff
    /// Hand out these rows; users that waited for some of the source go on.
    case rows(RowGrant)
    /// Give all users the value of `setup`, as JSON. Before the first user is started.
    case share([UInt8])
    /// Run `setup` or `teardown`, for a user that is not counted as one; `EngineEvent.onceEnded` follows. One at a time; also after `stop`, whose last
    /// report is then followed by another one with the requests of this step. The first `stop`, and each `cutOff`, breaks it off.
    case runOnce(UserStep)
    /// Leave the loop at once, whatever is under way.
    case end
}

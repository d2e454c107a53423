/// A step that is due, of the user that has this generation; when the slot's has another, another user is there.
///
/// Not nested in the engine thread, whose type has a parameter: a queue of these would not be specialised.
struct DueStep {
    var slot: Int32
    /// `UserProgress.generation`.
    var generation: UInt32
}

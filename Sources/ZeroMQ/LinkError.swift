/// A call of libzmq failed, or a key or token cannot be used.
package struct LinkError: Error, CustomStringConvertible {
    /// What went wrong, where, and what to do.
    package var description: String

    package init(_ description: String) { self.description = description }
}

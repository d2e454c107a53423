import CSodium

/// libsodium's state in this process.
enum Sodium {
    private static let status = sodium_init()

    /// Sets libsodium up, once; to be called before anything else of it.
    static func ready() { precondition(status >= 0, "libsodium cannot be set up: the system has no source of random numbers") }
}

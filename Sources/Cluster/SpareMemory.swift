import CJemalloc

/// What this process has freed and the system has not got back. All of the program's memory comes from jemalloc, that of its C libraries too:
/// see docs/decisions/0004-memory.md.
enum SpareMemory {
    /// Gives back what holds nothing. A millisecond of work; call it when much was freed at once, which otherwise rests some seconds more. Any thread.
    static func giveBack() { _ = cjemalloc_purge() }

    /// Bytes that the calling thread has got so far, what it freed included; for tests.
    static func takenByThread() -> Int64 { cjemalloc_allocated_by_thread() }
}

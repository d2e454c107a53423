import Glibc

/// The local time of day as text, `YYYY-MM-DD HH:MM:SS.ffffff`: what Python's `str(datetime.now())` gives, with all six digits always.
///
/// The part up to the second is made once a second.
struct TimestampText {
    /// Its length in bytes, always (years 0000 to 9999).
    static let length = 26

    private var second: time_t = .min
    private var date: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// Writes the present time to a room of at least `length` bytes; answers with `length`.
    mutating func write(_ room: UnsafeMutablePointer<UInt8>) -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return write(now, to: room)
    }

    /// Writes a time to a room of at least `length` bytes; answers with `length`.
    mutating func write(_ time: timespec, to room: UnsafeMutablePointer<UInt8>) -> Int {
        if time.tv_sec != second { renew(time.tv_sec) }
        withUnsafeBytes(of: &date) { UnsafeMutableRawPointer(room).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: 20) }
        var microseconds = time.tv_nsec / 1000
        for digit in stride(from: 25, through: 20, by: -1) {
            room[digit] = UInt8(truncatingIfNeeded: microseconds % 10) + 48
            microseconds /= 10
        }
        return Self.length
    }

    private mutating func renew(_ second: time_t) {
        var time = second
        var parts = tm()
        localtime_r(&time, &parts)
        self.second = second
        withUnsafeMutableBytes(of: &date) { room in
            var position = 0
            func put(_ value: Int32, digits: Int, then separator: Unicode.Scalar) {
                var value = value
                for digit in stride(from: digits - 1, through: 0, by: -1) {
                    room[position + digit] = UInt8(truncatingIfNeeded: value % 10) + 48
                    value /= 10
                }
                room[position + digits] = UInt8(truncatingIfNeeded: separator.value)
                position += digits + 1
            }
            put(parts.tm_year + 1900, digits: 4, then: "-")
            put(parts.tm_mon + 1, digits: 2, then: "-")
            put(parts.tm_mday, digits: 2, then: " ")
            put(parts.tm_hour, digits: 2, then: ":")
            put(parts.tm_min, digits: 2, then: ":")
            put(parts.tm_sec, digits: 2, then: ".")
        }
    }
}

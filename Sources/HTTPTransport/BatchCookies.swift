/// What the requests of a batch do to their user's cookies. Each begins with the cookies that the user had; what each changes is the user's
/// afterwards, in the order in which they end. Pure.
///
/// Cookies are lines of Netscape's cookie file, each ended by NUL, as libcurl lists them.
enum BatchCookies {
    /// The user's cookies after one more request of the batch has ended with `jar`. `start`: what it began with; `current`: the user's so far.
    ///
    /// What the request has not touched does not undo what another one set or removed meanwhile.
    static func merged(_ jar: [UInt8], start: [UInt8], into current: [UInt8]) -> [UInt8] {
        if jar == start { return current }
        if start == current { return jar }
        let before = Set(lines(of: start))
        let after = lines(of: jar)
        let changed = after.filter { !before.contains($0) }
        let keptNames = Set(after.map(name))
        let removed = before.filter { !keptNames.contains(name(of: $0)) }
        let replaced = Set(changed.map(name))
        let rest = lines(of: current).filter { !removed.contains($0) && !replaced.contains(name(of: $0)) }
        return Array((rest + changed).map { Array($0) + [0] }.joined())
    }

    private static func lines(of cookies: [UInt8]) -> [ArraySlice<UInt8>] { cookies.split(separator: 0) }

    /// What makes a cookie the same as another: domain, path and name.
    private static func name(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 6, omittingEmptySubsequences: false)
        return fields.count < 6 ? [line] : [fields[0], fields[2], fields[5]]
    }
}

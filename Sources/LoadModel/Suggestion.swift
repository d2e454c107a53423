/// Finds what somebody meant who misspelt a word.
package enum Suggestion {
    /// The candidate nearest to a word, if it is near enough to be meant: at most a third of its letters differ, swapped neighbours
    /// counting as one difference. The first of equally near ones.
    /// - Complexity: O(candidates × letters²); used for error messages only.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let wanted = Array(word.lowercased().utf8.prefix(64))
        var best: (distance: Int, word: String)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased().utf8)
            let distance = distance(wanted, letters)
            guard distance <= max(1, max(wanted.count, letters.count) / 3), distance < letters.count else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
        }
        return best?.word
    }

    /// `did you mean 'x'?`, or else the sentence that lists what there is.
    package static func remedy(for word: String, among candidates: [String]) -> String {
        if let nearest = nearest(to: word, among: candidates) { return "did you mean '\(nearest)'?" }
        return "there are: \(candidates.joined(separator: ", "))"
    }

    /// The optimal string alignment distance.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

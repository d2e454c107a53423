import Testing

@testable import LoadModel

struct SuggestionTests {
    static let words: [(String, String?)] = [
        ("wiat", "wait"), ("Weight", "weight"), ("weigth", "weight"), ("onstart", "on_start"), ("hots", "host"), ("x", nil), ("", nil),
        ("something", nil),
    ]

    @Test(arguments: words) func nearestIsWhatWasMeant(word: String, meant: String?) {
        #expect(Suggestion.nearest(to: word, among: ["wait", "on_start", "host", "weight"]) == meant)
    }
}

import LoadModel
import Testing

struct DurationTextTests {
    @Test(arguments: [
        ("20", 20_000), ("20s", 20_000), ("3m", 180_000), ("1h30m", 5_400_000), ("1h1m1s1ms", 3_661_001), ("500ms", 500), ("1.5s", 1500),
        ("0", 0), ("0.25", 250),
    ])
    func reads(text: String, milliseconds: Int64) { #expect(DurationText.nanoseconds(text) == milliseconds * 1_000_000) }

    @Test(arguments: ["", "s", "-1", "1d", "1m1h", "1s1s", "1 s", "1.s", ".5", "1e3", "nan", "99999999999h", "١s"])
    func refuses(text: String) { #expect(DurationText.nanoseconds(text) == nil) }

    @Test(arguments: [
        (20_000, "20 s"), (1500, "1.5 s"), (250, "250 ms"), (5_400_000, "1 h 30 m"), (61_000, "1 m 1 s"), (999_960, "16 m 40 s"),
    ])
    func says(milliseconds: Int64, words: String) { #expect(DurationText.words(nanoseconds: milliseconds * 1_000_000) == words) }
}

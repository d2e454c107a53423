import Testing

@testable import Reporting

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0, "0"), (0.000183, "0.000183"), (0.182, "0.182"), (0.18249, "0.182"), (4.2749, "4.27"), (9.999, "10.0"), (48.06, "48.1"),
        (99.96, "100"), (482.4, "482"), (12_345.6, "12346"), (-1.234, "-1.23"),
    ])
    func threeSignificantDigits(value: Double, text: String) { #expect(NumberText.significant(value) == text) }

    @Test(arguments: [(0, 2, "0.00"), (1.005, 0, "1"), (-0.001, 2, "0.00"), (-2.5, 0, "-3"), (0.05, 1, "0.1"), (1234.5678, 3, "1234.568")])
    func fixedDecimals(value: Double, decimals: Int, text: String) { #expect(NumberText.fixed(value, decimals) == text) }

    @Test(arguments: [(0, "0 %"), (1e-6, "<0.01 %"), (0.0002, "0.02 %"), (0.125, "12.5 %"), (0.99999, ">99.9 %"), (1, "100 %")])
    func percentNeverHidesAFailure(ratio: Double, text: String) { #expect(NumberText.percent(ratio) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] as [(Int64, String)])
    func thousandsAreMarked(value: Int64, text: String) { #expect(NumberText.grouped(value) == text) }

    @Test(arguments: [(0, "0 B"), (999, "999 B"), (1420, "1.42 kB"), (999_999, "1.00 MB"), (3_050_000, "3.05 MB")])
    func bytesHaveUnits(value: Double, text: String) { #expect(NumberText.bytes(value) == text) }

    @Test(arguments: [(183_000, "0.183 ms"), (4_270_000, "4.27 ms"), (1_502_000_000, "1502 ms"), (12_345_000_000, "12.3 s")])
    func timesHaveUnits(nanoseconds: Double, text: String) { #expect(NumberText.time(nanoseconds: nanoseconds) == text) }

    @Test(arguments: [(0, "0:00"), (7.9, "0:07"), (750, "12:30"), (3723, "1:02:03")])
    func clockTimes(seconds: Double, text: String) { #expect(NumberText.clock(seconds: seconds) == text) }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_463_336, "2026-11-23T19:48:56Z"), (-1, "1969-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func wallClockTimes(seconds: Int64, text: String) { #expect(CalendarText.iso8601(unixSeconds: seconds) == text) }
}

import Glibc
import LoadModel
import SampleWebapp
import Testing

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func formats(unixSeconds: Int, text: String) {
        #expect(HTTPDate.text(unixSeconds: unixSeconds) == text)
    }

    @Test func agreesWithTheSystemsCalendar() {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<2_000 {
            let moment = Int.random(in: 0..<7_000_000_000, using: &generator)
            var seconds = moment
            var parts = tm()
            gmtime_r(&seconds, &parts)
            #expect(
                HTTPDate.text(unixSeconds: moment).hasSuffix(
                    " \(parts.tm_year + 1900) \(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec)) GMT"))
            #expect(HTTPDate.text(unixSeconds: moment).dropFirst(5).hasPrefix(pad(parts.tm_mday)))
        }
    }

    private func pad(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

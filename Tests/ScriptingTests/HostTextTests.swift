import Glibc
import LoadModel
import Testing

@testable import Scripting

struct HostTextTests {
    private func text(_ write: (UnsafeMutablePointer<UInt8>) -> Int) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { room in
            guard let start = room.baseAddress else { return "" }
            return String(decoding: UnsafeBufferPointer(start: start, count: write(start)), as: UTF8.self)
        }
    }

    @Test(arguments: [0, 1, 59, 1_493_149_623, 1_700_000_000, 4_102_444_799]) func timestampIsLocalTimeWithSixDigits(second: Int) {
        var clock = TimestampText()
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        let date = text { room in
            room.withMemoryRebound(to: CChar.self, capacity: 64) { Int(strftime($0, 64, "%Y-%m-%d %H:%M:%S", &parts)) }
        }
        for (nanoseconds, digits) in [(0, "000000"), (999, "000000"), (1000, "000001"), (123_456_789, "123456"), (999_999_999, "999999")] {
            let written = text { clock.write(timespec(tv_sec: time, tv_nsec: nanoseconds), to: $0) }
            #expect(written == "\(date).\(digits)")
        }
        let next = text { clock.write(timespec(tv_sec: time + 1, tv_nsec: 0), to: $0) }
        #expect(next != "\(date).000000")
    }

    @Test func uuidIsVersionFour() {
        #expect(text { UUIDText.write(high: 0, low: 0, to: $0) } == "00000000-0000-4000-8000-000000000000")
        #expect(text { UUIDText.write(high: .max, low: .max, to: $0) } == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(
            text { UUIDText.write(high: 0x0123_4567_89ab_cdef, low: 0x0123_4567_89ab_cdef, to: $0) }
                == "01234567-89ab-4def-8123-456789abcdef")
    }

    @Test func scriptsGetDistinctIdentifiersAndTheTime() throws {
        let driver = try ScriptDriver.task(
            """
            local seen = {}
            for i = 1, 1000 do
              local u = uuid()
              assert(#u == 36 and not seen[u] and u:match("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$"), u)
              seen[u] = true
              local t = timestamp()
              assert(#t == 26 and t:match("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d%.%d%d%d%d%d%d$"), t)
            end
            """)
        #expect(driver.run() == [.end])
    }
}

import LoadModel
import Statistics
import Testing

@testable import Reporting

struct ExceptionTableTests {
    private func report(_ exceptions: [(ScriptException, String, Int)], width: Int = 100) -> String {
        let recorder = IntervalRecorder()
        for (exception, userClass, count) in exceptions {
            for _ in 0..<count { recorder.record(exception: exception, userClass: userClass) }
        }
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 0)
        return ConsoleReport(result, SampleRun.info, width: width, isColored: false).exceptionTable
    }

    @Test func placeClassAndStackStandTogether() {
        let exception = ScriptException(
            place: "shop.lua:12:7", message: "attempt to index a nil value (local 'r')",
            stack: "shop.lua:12: in local 'pay'\n\tshop.lua:30: in task 'checkout'")
        let other = ScriptException(place: "shop.lua:40", message: "no")
        #expect(
            report([(exception, "Buyer", 3), (other, "Guest", 1)]) == """
                Exceptions  errors that the script raised
                Count  Place          User class  Message
                    3  shop.lua:12:7  Buyer       attempt to index a nil value (local 'r')
                    1  shop.lua:40    Guest       no

                shop.lua:12:7, user class Buyer: attempt to index a nil value (local 'r')
                    shop.lua:12: in local 'pay'
                    shop.lua:30: in task 'checkout'

                """)
    }

    @Test func stacksOfTheThreeMostFrequentInEightLinesEach() {
        let long = (1...20).map { "call \($0)" }.joined(separator: "\n")
        let exceptions = (1...5).map { (ScriptException(place: "a.lua:\($0)", message: "m", stack: long), "A", 10 - $0) }
        let lines = report(exceptions).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { $0.hasSuffix("user class A: m") } == (1...3).map { "a.lua:\($0), user class A: m" })
        #expect(lines.filter { $0.hasPrefix("    call") }.count == 21 && lines.filter { $0 == "    … and 13 more calls" }.count == 3)
        let eight = (1...8).map { "call \($0)" }.joined(separator: "\n")
        #expect(report([(ScriptException(place: "a.lua:1", message: "m", stack: eight), "A", 1)]).hasSuffix("    call 8\n"))
    }

    /// The class is that of the example, which is the least message whoever raised it first.
    @Test func placeOfSeveralClassesShowsTheExamplesClass() {
        let snapshots = [("b", "Second"), ("a", "First")].map { message, userClass in
            let recorder = IntervalRecorder()
            recorder.record(exception: ScriptException(place: "a.lua:1:1", message: message, stack: "s"), userClass: userClass)
            return recorder.takeSnapshot()
        }
        for order in [snapshots, snapshots.reversed()] {
            var result = RunResult()
            for snapshot in order { result.merge(snapshot, fromWorker: "w", second: 0) }
            let text = ConsoleReport(result, SampleRun.info, width: 100, isColored: false).exceptionTable
            #expect(text.contains("    2  a.lua:1:1  First       a\n") && text.contains("\na.lua:1:1, user class First: a\n    s\n"))
            #expect(CSVText.exceptions(result).hasSuffix("\r\n2,a,\"a.lua:1:1\ns\nuser class First\",w\r\n"))
            #expect(JSONReport.text(result, SampleRun.info).contains("\"user_class\": \"First\""))
        }
    }

    @Test func nothingSteersTheTerminalAndNoLineIsTooWide() {
        let wide = String(repeating: "x", count: 300)
        let text = report(
            [(ScriptException(place: "a.lua:1:1", message: "\u{1B}[2J \(wide)", stack: "\u{7}\(wide)\r\nb"), "A\u{1B}", 1)], width: 80)
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        let stack = text.split(separator: "\n").filter { $0.hasPrefix("    ") }
        #expect(stack.allSatisfy { TerminalText.columns(String($0)) <= 80 } && stack.contains("    b"))
    }
}

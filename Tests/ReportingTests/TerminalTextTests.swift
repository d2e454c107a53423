import Testing

@testable import Reporting

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("/api/v1/users", 20, "/api/v1/users"), ("/api/v1/users/profile", 11, "/api/…ofile"), ("abcdef", 5, "ab…ef"), ("abcdef", 1, "…"),
        ("abcdef", 0, ""), ("数据接口路径", 7, "数…径"),
    ])
    func longTextIsCutInTheMiddle(text: String, width: Int, expected: String) {
        let cut = TerminalText.shortened(text, to: width)
        #expect(cut == expected)
        #expect(TerminalText.columns(cut) <= width)
    }

    @Test func controlCharactersDoNotReachTheTerminal() {
        #expect(TerminalText.printable("a\u{1B}[31mb\nc\u{202E}d\u{9B}e") == "a [31mb c d e")
    }

    @Test func sentencesAreWrapped() {
        #expect(TerminalText.wrapped("one two three four", width: 9) == "one two\n  three\n  four")
    }

    @Test func tableFitsByShorteningNamesAndDroppingColumns() {
        var table = TextTable(columns: [
            .init("Name", isNumber: false, isElastic: true), .init("Requests", short: "Reqs"),
            .init("Average size", short: "Size", dispensable: 1),
        ])
        table.add([.init("/a/very/long/path/that/does/not/fit"), .init("1,234"), .init("12.3 kB")])
        #expect(table.rendered(width: 60, isColored: false).hasPrefix("Name                                 Requests  Average size\n"))
        let narrow = table.rendered(width: 42, isColored: false)
        #expect(narrow == "Name                         Reqs     Size\n/a/very/long/…does/not/fit  1,234  12.3 kB\n")
        #expect(!table.rendered(width: 20, isColored: false).contains("Size"))
        for width in 18...60 {
            let lines = table.rendered(width: width, isColored: false).split(separator: "\n")
            #expect(lines.allSatisfy { TerminalText.columns(String($0)) <= width })
        }
    }
}

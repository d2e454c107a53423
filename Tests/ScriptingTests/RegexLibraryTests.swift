import Testing

@testable import Scripting

struct RegexLibraryTests {
    static let calls: [(String, String)] = [
        (#"regex.match("id=42;", "id=(\\d+)")"#, "42"),
        (#"regex.match("id=42;", "\\d+")"#, "42"),
        (#"regex.match("key: value", "(\\w+): (\\w+)")"#, "key\tvalue"),
        (#"regex.match("b", "(a)|(b)")"#, "nil\tb"),
        (#"regex.match("abc", "x")"#, "nil"),
        (#"regex.match("ÄRGER", "(?i)ärger")"#, "ÄRGER"),
        (#"regex.match("aäb", "a(.)b")"#, "ä"),
        (#"#regex.match("a\0b", "a.b")"#, "3"),
        (#"regex.match("\xff\xfe ok", "ok")"#, "ok"),
        (#"regex.match("line1\nline2", "(?m)^line2$")"#, "line2"),
        (#"regex.find("hello world", "o (w)")"#, "5\t7\tw"),
        (#"regex.find("aXaX", "X", 3)"#, "4\t4"),
        (#"regex.find("aX", "X", -1)"#, "2\t2"),
        (#"regex.find("a", "a", 9)"#, "nil"),
        (#"regex.find("", "")"#, "1\t0"),
        (#"regex.find(("x"):rep(100000) .. "needle", "n(e+)dle")"#, "100001\t100006\tee"),
        (#"regex.find(("ä"):rep(5000) .. "b", "(?<=ä)b")"#, "10001\t10001"),
        (#"regex.replace("a1b22", "\\d+", "<$0>")"#, "a<1>b<22>\t2"),
        (#"regex.replace("John Smith", "(\\w+) (\\w+)", "$2 $1 $$")"#, "Smith John $\t1"),
        (#"regex.replace("äöü", "", "-")"#, "-ä-ö-ü-\t4"),
        (#"regex.replace("abc", "x*", "-")"#, "-a-b-c-\t4"),
    ]

    @Test(arguments: calls) func callGives(call: String, shown: String) throws {
        #expect(try LibraryCheck.lines("print(\(call))") == [shown])
    }

    @Test func allMatchesAreGoneThrough() throws {
        let lines = try LibraryCheck.lines(
            #"""
            local found = {}
            for k, v in regex.gmatch("a=1, b=2, c=3", "(\\w)=(\\d)") do found[#found + 1] = k .. v end
            print(table.concat(found, " "))
            local n = 0 for m in regex.gmatch("aaa", "a*?") do n = n + 1 end print(n)
            """#)
        #expect(lines == ["a1 b2 c3", "7"])
    }

    @Test func matchWithoutItsFirstCaptureDoesNotEndTheLoop() throws {
        let lines = try LibraryCheck.lines(
            #"""
            local found = {}
            for a, b in regex.gmatch('src="y" href="x" src="z"', 'href="([^"]*)"|src="([^"]*)"') do
              found[#found + 1] = tostring(a) .. ":" .. tostring(b)
            end
            print(table.concat(found, " "))
            """#)
        #expect(lines == ["false:y x:nil false:z"])
    }

    /// Every match in time that does not depend on how much text is left, so that the whole does not grow with the square.
    @Test func largePageIsSearchedFast() throws {
        let lines = try LibraryCheck.lines(
            #"""
            local page = ('<a href="/x/1234567890">link ä text here some words</a>\n'):rep(19000)
            local n = 0
            for l in regex.gmatch(page, 'href="([^"]+)"') do n = n + 1 end
            local _, k = regex.replace(page, "\\d+", "N")
            print(n, k)
            """#)
        #expect(lines == ["19000\t19000"])
    }

    @Test(arguments: [
        #"\xed\xa0\x80"#, #"\xc0\x80"#, #"\xf4\x90\x80\x80"#, #"\xe4\xb8"#, #"\xff"#, #"\x80"#, #"\xf0\x80\x80\x80"#, #"\xe0\x80\x80"#,
    ])
    func textThatIsNoUTF8IsSearchedToo(bytes: String) throws {
        let lines = try LibraryCheck.lines(
            #"""
            local text = "ä1\#(bytes)ö2" local n = 0
            for d in regex.gmatch(text, "[äö]\\d") do n = n + 1 end
            print(n, regex.match(text, "ö(\\d)$"), (select(2, regex.replace(text, "[äö]", "x"))))
            """#)
        #expect(lines == ["2\t2\t2"])
    }

    static let errors: [(String, String)] = [
        (#"regex.match("x", "(")"#, "regex.match cannot read the pattern at position 2: missing closing parenthesis"),
        (#"regex.match("x", "a**b[")"#, "regex.match cannot read the pattern at position"),
        (#"regex.match("x", ("a"):rep(9000))"#, "regex.match takes a text of at most 8192 bytes"),
        (#"regex.match(("a"):rep(5 << 20), "a")"#, "regex.match takes a text of at most 4194304 bytes"),
        (#"regex.match("x", "\\C")"#, "regex.match cannot read the pattern at position"),
        (#"regex.replace("a", "a", "$1")"#, "regex.replace has a $ at position 1 that stands for no capture"),
        (#"regex.match(nil, "a")"#, "regex.match needs a text as argument 1, not nil"),
    ]

    @Test(arguments: errors) func whatIsWrongIsSaid(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }

    /// Patterns that would take hours: exponential, with many places to begin, and with much memory.
    @Test(arguments: [
        #"regex.match(("a"):rep(100) .. "b", "^(a+)+$")"#, #"regex.match(("a"):rep(1000000), "(a|aa)+[bc]")"#,
        #"regex.match(("a"):rep(1000000), "a*?[bc]")"#, #"regex.match(("ab"):rep(1000000), "(?:ab|a|b)*[xy]")"#,
        #"regex.replace(("a"):rep(100000), "(a+)*[^a]", "x")"#, #"regex.match(("x"):rep(1000000), "(x+x+)+[yz]")"#,
        #"regex.match(("a"):rep(5000), "a*a*a*a*a*a*a*[bc]")"#,
    ])
    func exponentialPatternIsGivenUp(expression: String) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let error = try LibraryCheck.error(expression)
        #expect(error.contains("has given up"), "\(error)")
        #expect(clock.now - start < .seconds(10))
    }

    @Test func manyPatternsAreNotKept() throws {
        let lines = try LibraryCheck.lines(
            #"for i = 1, 5000 do assert(regex.match("k" .. i, "^k(" .. i .. ")$") == "" .. i) end print("ok")"#)
        #expect(lines == ["ok"])
    }
}

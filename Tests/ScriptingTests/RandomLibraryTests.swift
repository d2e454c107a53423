import Testing

@testable import Scripting

struct RandomLibraryTests {
    @Test func sameSeedGivesTheSame() throws {
        let body = """
            print(math.random(), math.random(6), math.random(-5, 5), math.random(0), random.choice({ "a", "b", "c" }),
              table.concat(random.shuffle({ 1, 2, 3, 4, 5 })), random.text(20), hex.encode(random.bytes(9)), random.text(5, "xy"))
            """
        #expect(try LibraryCheck.lines(body) == LibraryCheck.lines(body))
    }

    @Test func drawsAreWithinTheirBounds() throws {
        let lines = try LibraryCheck.lines(
            """
            local seen = {}
            for i = 1, 2000 do
              local n = math.random(3, 7) assert(n >= 3 and n <= 7 and math.type(n) == "integer") seen[n] = true
              local f = math.random() assert(f >= 0 and f < 1)
            end
            print(seen[3], seen[4], seen[5], seen[6], seen[7])
            print(math.type(math.random(math.mininteger, math.maxinteger)), math.random(5, 5), #random.text(0), #random.bytes(1000))
            local list = { 1, 2, 3 }
            local other = random.shuffle(list) table.sort(other)
            print(table.concat(list), table.concat(other), list ~= other)
            assert(random.text(50, "ab"):match("^[ab]+$") and random.text(50):match("^%w+$"))
            """)
        #expect(lines == ["true\ttrue\ttrue\ttrue\ttrue", "integer\t5\t0\t1000", "123\t123\ttrue"])
    }

    static let errors: [(String, String)] = [
        ("math.random(2, 1)", "bad argument #2 to 'random' (interval is empty)"),
        ("math.random(-1)", "bad argument #1 to 'random' (interval is empty)"),
        ("math.random(1, 2, 3)", "math.random takes at most two numbers"),
        ("random.choice({})", "random.choice cannot choose from an empty list"),
        ("random.choice('x')", "random.choice needs a list, not string"),
        ("random.text(-1)", "random.text needs a length from 0 to 1048576"),
        ("random.text(2^21)", "random.text needs a length from 0 to 1048576"),
        ("random.text(3, '')", "random.text has an empty alphabet"),
        ("random.text(3, 'ä')", "random.text takes an alphabet of ASCII characters"),
        ("random.bytes('5')", "random.bytes needs a length from 0 to 1048576"),
        ("math.randomseed(1)", "attempt to call a nil value (field 'randomseed')"),
    ]

    @Test(arguments: errors) func whatIsWrongIsSaid(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }

    @Test(arguments: [
        ("math.random()", "math.random"), ("random.choice({ 1 })", "random.choice"), ("random.shuffle({})", "random.shuffle"),
        ("random.text(1)", "random.text"), ("random.bytes(1)", "random.bytes"), ("time()", "time"), ("uuid()", "uuid"),
        ("timestamp()", "timestamp"), ("format_time(0, '%Y', 'local')", "format_time with \"local\""),
    ])
    func whatDiffersBetweenWorkersIsRefusedAtTheTopLevel(expression: String, name: String) {
        let why = " cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task"
        #expect(LibraryCheck.topLevelError(expression) == name + why)
    }

    @Test func timeIsFormatted() throws {
        #expect(try LibraryCheck.value("format_time(0, '%Y-%m-%d %H:%M:%S')") == "1970-01-01 00:00:00")
        #expect(try LibraryCheck.value("format_time(1000000000.9, '%Y-%m-%dT%H:%M:%SZ', 'utc')") == "2001-09-09T01:46:40Z")
        #expect(try LibraryCheck.value("format_time(-0.5, '%S')") == "59")
        #expect(try LibraryCheck.value("#format_time(0, '')") == "0")
        #expect(try LibraryCheck.value("math.abs(time() - tonumber(format_time(time(), '%s', 'local'))) < 5") == "true")
        #expect(LibraryCheck.topLevelError("format_time(0, '%Y')") == "no error")
    }

    @Test(arguments: [
        ("format_time('x', '%Y')", "format_time needs a number of seconds since 1970 first, not string"),
        ("format_time(1e18, '%Y')", "format_time takes seconds of the years 0 to 9999"),
        ("format_time(0/0, '%Y')", "format_time takes seconds of the years 0 to 9999"),
        ("format_time(0, '%100000d')", "format_time gives a text longer than 1000 bytes"),
        ("format_time(0, ('x'):rep(300))", "format_time takes a text of at most 256 bytes"),
        ("format_time(0, '%Y', 'mars')", "format_time knows the zones \"utc\" and \"local\", not \"mars\""),
    ])
    func wrongTimeIsRefused(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }
}

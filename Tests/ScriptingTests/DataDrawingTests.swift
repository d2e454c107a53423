import Glibc
import LoadModel
import Testing

@testable import Scripting

struct DataDrawingTests {
    private static let csv = "name,age\nAnn,1\nBob,2\nCid,3\n"

    private func driver(_ options: String, users: Int = 3, csv: String = csv) throws -> ScriptDriver {
        let driver = try ScriptDriver(
            """
            local accounts = data { "accounts.csv"\(options.isEmpty ? "" : ", " + options) }
            user "U" { task { "t", function(self)
              local row = accounts:row(self)
              print(self.id, row.name, accounts:row(self).age, #accounts)
            end } }
            """, files: ["accounts.csv": csv])
        for slot in 0..<users { driver.users.create(slot: slot, userClass: 0, number: slot) }
        return driver
    }

    @Test func scenarioTellsOfDataSources() throws {
        let driver = try driver("per = 'iteration', order = 'cyclic'")
        #expect(driver.users.scenario.dataSources == [DataSource(file: "accounts.csv", scope: .iteration, order: .cyclic, rows: 3)])
    }

    @Test func uniqueRowsWaitForTheirGrant() throws {
        let driver = try driver("")
        driver.grant = { RowGrant(source: $0, rows: 1..<3) }
        #expect(driver.run(slot: 0) == [.rows(source: 0), .end])
        #expect(driver.run(slot: 0) == [.end])
        #expect(driver.run(slot: 1) == [.end])
        driver.grant = { RowGrant(source: $0, rows: 0..<0, isExhausted: true) }
        #expect(driver.run(slot: 2) == [.rows(source: 0), .stopUser])
        #expect(driver.lines == ["0\tBob\t2\t3", "0\tBob\t2\t3", "1\tCid\t3\t3"])
        #expect(driver.exchange.rowsDrawn.map(\.count) == [1, 1])
    }

    @Test func moreRowsAreAskedForBelowHalf() throws {
        let csv = "name,age\n" + (0..<20).map { "n\($0),\($0)\n" }.joined()
        let driver = try driver("per = 'iteration'", users: 1, csv: csv)
        driver.users.grant(RowGrant(source: 0, rows: 0..<8))
        for _ in 0..<4 { driver.run() }
        #expect(driver.exchange.rowsWanted.isEmpty)
        driver.run()
        #expect(driver.exchange.rowsWanted.map(\.count) == [8])
        driver.run()
        #expect(driver.exchange.rowsWanted.count == 1)
        driver.users.grant(RowGrant(source: 0, rows: 8..<12))
        driver.run()
        driver.run()
        driver.run()
        #expect(driver.lines.map { $0.split(separator: "\t")[1] } == (0..<9).map { "n\($0)" })
    }

    @Test func exhaustedSourcesFailOrGoOnAsDeclared() throws {
        var driver = try driver("at_end = 'fail'")
        #expect(
            driver.run() == [
                .rows(source: 0),
                .exception(
                    place: "test.lua:3",
                    message: "no row of accounts.csv is left: give it more rows, or write at_end = \"stop_user\" or \"cyclic\""),
            ])
        driver = try self.driver("at_end = 'cyclic', per = 'iteration'", users: 1)
        driver.users.grant(RowGrant(source: 0, rows: 2..<5))
        for _ in 0..<3 { #expect(driver.run() == [.end]) }
        #expect(driver.lines.map { $0.split(separator: "\t")[1] } == ["Cid", "Ann", "Bob"])
    }

    @Test func cyclicRowsBeginAtTheUsersNumber() throws {
        let driver = try driver("order = 'cyclic', per = 'iteration'")
        for slot in 0..<3 { for _ in 0..<2 { #expect(driver.run(slot: slot) == [.end]) } }
        #expect(driver.lines.map { $0.split(separator: "\t")[1] } == ["Ann", "Bob", "Bob", "Cid", "Cid", "Ann"])
        // Another user in the same slot begins at its own row.
        driver.users.destroy(slot: 0)
        driver.users.create(slot: 0, userClass: 0, number: 5)
        driver.run(slot: 0)
        #expect(driver.lines.last == "5\tCid\t3\t3")
    }

    @Test func randomRowsAreRepeatable() throws {
        func names() throws -> [Substring] {
            let driver = try driver("order = 'random', per = 'iteration'", users: 1)
            for _ in 0..<30 { #expect(driver.run() == [.end]) }
            return driver.lines.map { $0.split(separator: "\t")[1] }
        }
        let first = try names()
        #expect(try names() == first)
        #expect(Set(first).count == 3)
    }

    @Test func columnsWithoutHeaderAreNumbered() throws {
        let driver = try ScriptDriver(
            "local d = data { 'x.csv', header = false, delimiter = ';', order = 'cyclic' } user 'U' { task { 't', function(self) print(d:row(self)[1], d:row(self)[2]) end } }",
            files: ["x.csv": "a;b\n"])
        driver.users.create(slot: 0, userClass: 0, number: 0)
        #expect(driver.run() == [.end])
        #expect(driver.lines == ["a\tb"])
    }

    @Test func rowsOfJSONLinesAreTheirValues() throws {
        let driver = try ScriptDriver(
            "local d = data { 'x.jsonl', per = 'iteration', order = 'cyclic' } user 'U' { task { 't', function(self) local row = d:row(self) print(row.name or row[2]) end } }",
            files: ["x.jsonl": "{\"name\":\"Ann\"}\n[1,2]\n"])
        driver.users.create(slot: 0, userClass: 0, number: 0)
        for _ in 0..<2 { #expect(driver.run() == [.end]) }
        #expect(driver.lines == ["Ann", "2"])
    }

    static let mistakes: [(String, String)] = [
        ("data { 'x.csv', per = 'usr' }", "test.lua:1:17: per of data cannot be \"usr\"\n    did you mean 'user'?"),
        ("data { 'x.csv', ordre = 'cyclic' }", "test.lua:1:17: data has no field 'ordre'\n    did you mean 'order'?"),
        (
            "data { 'x.csv', order = 'cyclic', at_end = 'fail' }",
            "test.lua:1:35: at_end is for order = \"unique\" only: cyclic rows never end\n    remove one of the two"
        ),
        (
            "data {}",
            "test.lua:1:1: data needs a file's name first, not nil\n    write data(\"accounts.csv\") or data { \"accounts.csv\", per = \"user\", order = \"unique\" }"
        ),
        ("data(5)", "test.lua:1:1: data needs one name or table, not number"),
        (
            "data { 'x.csv', delimiter = 'ab' }",
            "test.lua:1:17: delimiter must be one ASCII character, not \"ab\"\n    write delimiter = \";\" or delimiter = \"\\t\""
        ),
        ("data 'y.csv'", "test.lua:1:1: the file y.csv did not come with the plan"),
        ("local d = data 'x.csv' d:row({})", "row cannot be used while the script is being loaded"),
        ("local d = data 'x.csv' print(d.rows)", "a data source has no field 'rows': write accounts:row(self)"),
        ("local d = data 'x.csv' d.row({})", "row is called with a colon on what data() gave: write accounts:row(self)"),
    ]

    @Test(arguments: mistakes) func mistakesHaveTheirPlace(source: String, message: String) throws {
        do {
            _ = try ScriptDriver(source, files: ["x.csv": "a,b\n1,2\n", "x.jsonl": "1\n"])
            Issue.record("no error")
        } catch { #expect("\(error)".contains(message), "\(error)") }
    }
}

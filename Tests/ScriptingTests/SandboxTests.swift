import Testing

@testable import Scripting

struct SandboxTests {
    @Test(arguments: [
        "io", "os", "debug", "package", "require", "dofile", "loadfile", "loadstring", "collectgarbage", "warn", "string.dump",
    ])
    func unsafeLibraryIsAbsent(name: String) throws {
        let driver = try ScriptDriver.task("print(\(name))")
        driver.run()
        #expect(driver.lines == ["nil"])
    }

    @Test func safeLibraryIsThere() throws {
        let driver = try ScriptDriver.task(
            ##"print(("x"):rep(3), table.concat({ 1, 2 }, ","), math.max(1, 2), utf8.len("ä"), select("#", 1, nil), type(next), rawlen({ 1 }))"##
        )
        driver.run()
        #expect(driver.lines == ["xxx\t1,2\t2\t1\t2\tfunction\t1"])
    }

    @Test func sharedObjectsCannotBeTakenApart() throws {
        let driver = try ScriptDriver.task(
            """
            print(getmetatable(""), getmetatable(self), getmetatable(self.http), getmetatable(self.http:get("/")))
            print(pcall(setmetatable, self, {}))
            print(pcall(setmetatable, {}, { __gc = function() end }))
            print(pcall(function() self.http.get = 1 end))
            """)
        driver.run()
        #expect(
            driver.lines == [
                "false\tfalse\tfalse\tfalse", "false\tcannot change a protected metatable",
                "false\t__gc is not available to scripts: use a <close> variable",
                "false\ttest.lua:5: attempt to index a userdata value (field 'http')",
            ])
    }

    @Test func taskDoesNotLearnItsOwnCoroutine() throws {
        let driver = try ScriptDriver.task(
            "print(coroutine.running()) print(coroutine.wrap(function() return type((coroutine.running())) end)())")
        driver.run()
        #expect(driver.lines == ["nil\ttrue", "thread"])
    }

    @Test func topLevelMayUseCoroutines() throws {
        let driver = try ScriptDriver(
            """
            local three = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
            print(three(), three(), (coroutine.running()))
            user "U" { task { "t", function() end } }
            """)
        #expect(driver.lines == ["1\t2\tnil"])
    }
}

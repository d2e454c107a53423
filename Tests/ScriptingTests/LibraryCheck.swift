import Testing

@testable import Scripting

/// Runs code in a task, with nothing answered, and looks at what it prints.
enum LibraryCheck {
    /// The lines that a task with this body prints.
    static func lines(_ body: String) throws -> [String] {
        let driver = try ScriptDriver.task(body)
        let events = driver.run()
        #expect(events == [.end], "\(body)")
        return driver.lines
    }

    /// What an expression gives, as tostring shows it.
    static func value(_ expression: String) throws -> String {
        try lines("print((\(expression)))").joined(separator: "\n")
    }

    /// The message of the error that an expression raises, without its place.
    static func error(_ expression: String) throws -> String {
        let driver = try ScriptDriver.task("local _ = \(expression)")
        guard case .exception(_, let message) = driver.run().last else { return "no error: \(driver.lines)" }
        return message
    }

    /// The error of a script whose top level evaluates an expression.
    static func topLevelError(_ expression: String) -> String {
        do {
            _ = try ScriptDriver("local _ = \(expression)\nuser \"U\" { task { \"t\", function() end } }")
            return "no error"
        } catch let error as ScriptError {
            return error.message
        } catch {
            return "\(error)"
        }
    }
}

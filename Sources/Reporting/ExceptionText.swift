import Statistics

/// An exception as Locust's readers expect it: one text that says where it came from.
package enum ExceptionText {
    /// Its place, the stack, and, where it is known, the class of the user that raised the example.
    package static func trace(_ exception: ExceptionInterval) -> String {
        let example = exception.example
        var lines = [example.place]
        if !example.stack.isEmpty { lines.append(example.stack) }
        if !exception.userClass.isEmpty { lines.append("user class \(exception.userClass)") }
        return lines.joined(separator: "\n")
    }
}

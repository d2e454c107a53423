/// Why the web server could not be started, in words for people.
package struct WebServerError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

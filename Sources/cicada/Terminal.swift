import Glibc
import Reporting

/// What can be known of the terminal behind a descriptor.
enum Terminal {
    /// Columns; 100 where there is no terminal and COLUMNS does not say.
    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 100
    }

    /// Lines of words, each wrapped at the terminal's width; where there is no terminal, as they are: a log's reader wants whole lines.
    static func fitted(_ text: String, to descriptor: Int32) -> String {
        guard isatty(descriptor) == 1 else { return text }
        let width = width(of: descriptor)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { TerminalText.wrapped(String($0), width: width) }
            .joined(separator: "\n")
    }

    /// Colour is for terminals, unless NO_COLOR is set (https://no-color.org) or the terminal is dumb.
    static func wantsColor(_ descriptor: Int32) -> Bool {
        if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
        if let term = getenv("TERM"), strcmp(term, "dumb") == 0 { return false }
        return isatty(descriptor) == 1
    }
}

/// Keys as they are pressed, without waiting for a line and without showing them; the terminal is as before after `restore`.
final class KeyInput {
    let descriptor = STDIN_FILENO
    private var before = termios()
    private var isChanged = false

    /// Nil when standard input is no terminal, or this process runs in its background, where changing it would stop the process.
    init?() {
        guard isatty(descriptor) == 1, tcgetpgrp(descriptor) == getpgrp(), tcgetattr(descriptor, &before) == 0 else { return nil }
        var changed = before
        changed.c_lflag &= ~tcflag_t(ICANON | ECHO)
        isChanged = tcsetattr(descriptor, TCSANOW, &changed) == 0
        if !isChanged { return nil }
    }

    /// The keys pressed since the last call. Only when the descriptor is readable: it waits otherwise.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Gives the terminal back as it was.
    func restore() {
        if isChanged { tcsetattr(descriptor, TCSANOW, &before) }
        isChanged = false
    }
}

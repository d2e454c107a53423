/// What a serving process is given by the process that started it: its place among the others, and open descriptors.
package struct Inheritance: Sendable, Equatable {
    /// Which of the processes it is, 0..<``processes``.
    package let process: Int
    /// How many processes serve together.
    package let processes: Int
    /// The memory in which all count.
    package let counts: Int32
    /// The bound socket to listen on.
    package let listener: Int32
    /// The reading end of a pipe that is closed when the parent stops or dies.
    package let lifeline: Int32
    /// The writing end of a pipe that takes one byte when the process accepts connections.
    package let ready: Int32

    /// Collects what a process inherits.
    package init(process: Int, processes: Int, counts: Int32, listener: Int32, lifeline: Int32, ready: Int32) {
        self.process = process
        self.processes = processes
        self.counts = counts
        self.listener = listener
        self.lifeline = lifeline
        self.ready = ready
    }

    /// Reads ``text``; nil when it is not of that form.
    package init?(parsing text: String) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) ?? -1 }
        guard numbers.count == 6, numbers.allSatisfy({ $0 >= 0 }), numbers[0] < numbers[1] else { return nil }
        self.init(
            process: Int(numbers[0]), processes: Int(numbers[1]), counts: numbers[2], listener: numbers[3], lifeline: numbers[4],
            ready: numbers[5])
    }

    /// The form in which it stands on the process's command line.
    package var text: String { "\(process):\(processes):\(counts):\(listener):\(lifeline):\(ready)" }

    /// The descriptors, which must stay open across the start of the program.
    package var descriptors: [Int32] { [counts, listener, lifeline, ready] }
}

import Statistics

/// The tables of what scripts measured themselves: timings, then counters. Pure.
struct CustomTables {
    private let timings: [CustomStatistics]
    private let counters: [CustomStatistics]
    private let info: RunInfo
    private let width: Int
    private let isColored: Bool

    /// `custom` in the order of printing.
    init(_ custom: [CustomStatistics], _ info: RunInfo, width: Int, isColored: Bool) {
        timings = custom.filter { $0.key.kind == .timing }
        counters = custom.filter { $0.key.kind == .counter }
        self.info = info
        self.width = width
        self.isColored = isColored
    }

    /// One row a name. Empty where no script timed anything.
    var timingTable: String {
        if timings.isEmpty { return "" }
        var table = TextTable(
            columns: [
                .init("Name", isNumber: false, isElastic: true), .init("Count"), .init("Average", short: "Avg"),
                .init("Median", short: "Med"),
                .init("95 %", short: "95%"), .init("99 %", short: "99%"), .init("Max"),
            ])
        for timing in timings {
            let times = timing.times.nanoseconds(atPercentiles: [50, 95, 99, 100])?.map { Double($0) } ?? []
            let figures = [timing.times.averageNanoseconds].compactMap { $0 } + times
            table.add(
                [.init(timing.key.name), .init(NumberText.grouped(timing.count))]
                    + figures.map { .init(NumberText.milliseconds(nanoseconds: $0)) })
        }
        return heading("Custom timings", "taken by the script, in ms") + table.rendered(width: width, isColored: isColored)
    }

    /// One row a name. Empty where no script counted anything.
    var counterTable: String {
        if counters.isEmpty { return "" }
        var table = TextTable(
            columns: [.init("Name", isNumber: false, isElastic: true), .init("Count"), .init("Sum"), .init("Per second", short: "Per s")])
        for counter in counters {
            table.add([
                .init(counter.key.name), .init(NumberText.grouped(counter.count)), .init(NumberText.amount(counter.sum)),
                .init(NumberText.significant(info.perSecond(counter.sum))),
            ])
        }
        return heading("Counters", "count: how often the script added to it; sum: of what it added")
            + table.rendered(width: width, isColored: isColored)
    }

    private func heading(_ title: String, _ explanation: String) -> String {
        TextTable.heading(title, explanation, width: width, isColored: isColored)
    }
}

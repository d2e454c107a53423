/// A file of rows that a script's users draw from.
package struct DataSource: Sendable, Equatable {
    /// How often a user gets another row.
    package enum Scope: String, Sendable, CaseIterable {
        /// One row for the user's whole life.
        case user
        /// Another row in each execution of a task.
        case iteration
    }

    /// Which row is next.
    package enum Order: String, Sendable, CaseIterable {
        /// Each row at most once in the whole run: the master leases them.
        case unique
        /// One after the other, and then from the start: user n begins at row n.
        case cyclic
        /// Any row, seeded.
        case random
    }

    /// What becomes of a user for which there is no row left; only `unique` rows come to an end.
    package enum Exhaustion: String, Sendable, CaseIterable {
        /// The user ends.
        case stopUser = "stop_user"
        /// The file is gone through again from its start.
        case cyclic
        /// The task ends with an error.
        case fail
    }

    /// The file's name, relative to the script's folder.
    package var file: String
    package var scope: Scope
    package var order: Order
    package var atEnd: Exhaustion
    /// Rows in the file, without a header line.
    package var rows: Int

    package init(file: String, scope: Scope = .user, order: Order = .unique, atEnd: Exhaustion = .stopUser, rows: Int) {
        self.file = file
        self.scope = scope
        self.order = order
        self.atEnd = atEnd
        self.rows = rows
    }
}

/// Rows of a source that an engine thread is given to hand out, each once.
package struct RowGrant: Sendable, Equatable {
    /// Index into `Scenario.dataSources`.
    package var source: Int
    /// Row numbers, from 0; with `DataSource.Exhaustion.cyclic` they may lie above the number of rows and count modulo it.
    package var rows: Range<Int>
    /// True: there will be no more.
    package var isExhausted: Bool

    package init(source: Int, rows: Range<Int>, isExhausted: Bool = false) {
        self.source = source
        self.rows = rows
        self.isExhausted = isExhausted
    }
}

/// What load a run is to make.
package enum Load: Sendable, Equatable {
    /// The closed model, as plain as can be: users come at a constant rate and stay.
    case users(SpawnSchedule)
    /// The closed model: so many users at any time.
    case profile(LoadProfile)
    /// The open model: iterations start by a schedule, over a pool of users.
    case arrivals(Arrivals)

    /// The open model.
    package struct Arrivals: Sendable, Equatable {
        package var schedule: ArrivalSchedule
        /// Users that carry the iterations out; starts for which none is free wait for one and keep their intended time.
        package var mostUsers: Int
        /// A start that has waited longer is dropped; nil: none is, until the end.
        package var mostLatenessNanoseconds: Int64?

        package init(schedule: ArrivalSchedule, mostUsers: Int, mostLatenessNanoseconds: Int64? = nil) {
            self.schedule = schedule
            self.mostUsers = mostUsers
            self.mostLatenessNanoseconds = mostLatenessNanoseconds
        }
    }

    /// Users that there are at most.
    package var mostUsers: Int {
        switch self {
        case .users(let schedule): schedule.users
        case .profile(let profile): UserCourse.whole(profile.greatest)
        case .arrivals(let arrivals): arrivals.mostUsers
        }
    }

    /// How the number of users changes. In the open model all are there from the start, idle.
    package var course: UserCourse {
        switch self {
        case .users(let schedule): UserCourse(Ramp(from: 0, to: schedule.users, ratePerSecond: schedule.ratePerSecond))
        case .profile(let profile): UserCourse(profile)
        case .arrivals(let arrivals): UserCourse(Ramp(from: 0, to: arrivals.mostUsers, ratePerSecond: 1e6))
        }
    }

    /// How fast users come in the end, per second.
    package var spawnRate: Double { course.ramp(before: .max).ratePerSecond }

    /// The open model's schedule and pool; nil in the closed model.
    package var arrivals: Arrivals? {
        if case .arrivals(let arrivals) = self { return arrivals }
        return nil
    }

    /// Where the load's stages end, which ends the run unless that has a time of its own; nil: it goes on for ever.
    package var endNanoseconds: Int64? {
        let profile: LoadProfile
        switch self {
        case .users: return nil
        case .profile(let course): profile = course
        case .arrivals(let arrivals): profile = arrivals.schedule.rate
        }
        return profile.lines.isEmpty ? nil : profile.endNanoseconds
    }
}

import Glibc

/// When iterations start in the open model, whatever becomes of those before: one schedule for the whole run, however many threads carry it out.
///
/// Constant and staged: start k is due when the area below the rate has grown to k. Poisson: the area is cut into blocks of 64 starts on average;
/// in each, gaps are exponential with mean 1, drawn from a generator that is seeded with the run's seed and the block's number. So any part of the
/// schedule can be had without what comes before.
package struct ArrivalSchedule: Sendable, Equatable {
    /// How starts lie in the rate.
    package enum Spacing: String, Sendable, CaseIterable {
        /// As even as the rate allows.
        case constant
        /// As a Poisson process.
        case poisson
    }

    /// The area of a block.
    package static let blockStarts = 64

    /// Starts per second.
    package var rate: LoadProfile
    package var spacing: Spacing
    /// Of the Poisson process.
    package var seed: UInt64

    package init(rate: LoadProfile, spacing: Spacing = .constant, seed: UInt64 = 0) {
        self.rate = rate
        self.spacing = spacing
        self.seed = seed
    }

    /// The areas at which the starts of a block are due, ascending, counted from the beginning of the block.
    /// - Complexity: O(64)
    package func offsets(ofBlock block: Int) -> [Double] {
        switch spacing {
        case .constant: return (0..<Self.blockStarts).map(Double.init)
        case .poisson:
            var seeds = SplitMix64(seed: seed ^ UInt64(truncatingIfNeeded: block) &* 0xd6e8_feb8_6659_fd93)
            var generator = SplitMix64(seed: seeds.next())
            var offsets: [Double] = []
            var offset = -log1p(-generator.nextUnit())
            while offset < Double(Self.blockStarts) {
                offsets.append(offset)
                offset -= log1p(-generator.nextUnit())
            }
            return offsets
        }
    }
}

/// A part of an arrival schedule that somebody carries out: of the starts due in a span of the run, each `modulus`-th.
///
/// Start i of block b has the number 64 · b + i; those are meant whose number is `residue` modulo `modulus`.
package struct ArrivalClaim: Sendable, Equatable {
    /// Nanoseconds since the start of the run; starts due from `from` up to, but without, `until`.
    package var from: Int64
    package var until: Int64
    /// 1 or more.
    package var modulus: Int
    /// 0 ..< modulus.
    package var residue: Int

    package init(from: Int64, until: Int64 = .max, modulus: Int = 1, residue: Int = 0) {
        self.from = from
        self.until = until
        self.modulus = modulus
        self.residue = residue
    }

    /// The share of one of `count` who carry this out together, so that their starts take turns.
    package func share(_ index: Int, of count: Int) -> ArrivalClaim {
        ArrivalClaim(from: from, until: until, modulus: modulus * count, residue: residue + modulus * index)
    }
}

/// Goes through the starts of a claim, in the order in which they are due.
package struct ArrivalCursor: Sendable {
    /// One start.
    package struct Start: Sendable, Equatable {
        /// See `ArrivalClaim`. Unique in the constant spacing only.
        package let number: Int
        /// Nanoseconds since the start of the run.
        package let due: Int64
    }

    package let schedule: ArrivalSchedule
    package private(set) var claim: ArrivalClaim
    /// The next start of the schedule, in the claim or after its end; nil: there is none, or it was not looked for yet.
    private var upcoming: Start?
    private var block: Int
    private var offsets: [Double] = []
    private var position = 0

    package init(_ schedule: ArrivalSchedule, claim: ArrivalClaim) {
        self.schedule = schedule
        self.claim = claim
        let area = schedule.rate.area(until: claim.from)
        // The area of the moment is rounded: a start that is due just then may seem to lie in the block before, or after.
        block = max(0, Int(min((area - 1) / Double(ArrivalSchedule.blockStarts), 1e15)))
        offsets = schedule.offsets(ofBlock: block)
        if schedule.spacing == .constant {
            position = max(0, min(ArrivalSchedule.blockStarts, Int(area) - 1 - block * ArrivalSchedule.blockStarts))
        }
        seek()
    }

    /// The next start; nil: there are no more.
    package var next: Start? { upcoming.flatMap { $0.due < claim.until ? $0 : nil } }

    /// Takes the next start.
    package mutating func pop() -> Start? {
        let start = next
        if start != nil { advance() }
        return start
    }

    /// The claim ends earlier: starts due from then on are somebody else's.
    package mutating func end(at until: Int64) { claim.until = min(claim.until, until) }

    /// The claim goes on until then, unless it does for longer anyway.
    package mutating func extend(until: Int64) {
        guard until > claim.until else { return }
        claim.until = until
        if upcoming == nil { seek() }
    }

    private mutating func seek() { repeat { advance() } while upcoming.map { $0.due < claim.from } ?? false }

    /// - Complexity: O(modulus) in the constant spacing O(1)
    private mutating func advance() {
        while true {
            if schedule.spacing == .constant {
                let number = block * ArrivalSchedule.blockStarts + position
                let wanted = number + ((claim.residue - number) % claim.modulus + claim.modulus) % claim.modulus
                block = wanted / ArrivalSchedule.blockStarts
                position = wanted % ArrivalSchedule.blockStarts + 1
                return found(number: wanted, area: Double(wanted))
            }
            while position < offsets.count {
                let number = block * ArrivalSchedule.blockStarts + position
                let offset = offsets[position]
                position += 1
                if number % claim.modulus == claim.residue {
                    return found(number: number, area: Double(block * ArrivalSchedule.blockStarts) + offset)
                }
            }
            // With a rate of 0 from here on there is no end to the blocks that nobody reaches.
            guard
                let due = schedule.rate.nanoseconds(atArea: Double((block + 1) * ArrivalSchedule.blockStarts)), due < claim.until
            else { return upcoming = nil }
            block += 1
            position = 0
            offsets = schedule.offsets(ofBlock: block)
        }
    }

    private mutating func found(number: Int, area: Double) {
        upcoming = schedule.rate.nanoseconds(atArea: area).map { Start(number: number, due: $0) }
    }
}

import Glibc
import Statistics
import Testing

@testable import Cluster

struct HealthTallyTests {
    private static let second: Int64 = 1_000_000_000

    /// A reading so many seconds after the first, with the CPU time of the process and of two engine threads in ms, and what these waited.
    private static func reading(_ seconds: Int64, cpu: Int64 = 0, threads: [(Int64, Int64)] = [(0, 0), (0, 0)]) -> MachineReading {
        var reading = MachineReading()
        reading.at = seconds * second
        reading.cpuNanoseconds = cpu * 1_000_000
        reading.cores = 2
        for (number, thread) in threads.enumerated() {
            reading.threads[number] = .init(cpuNanoseconds: thread.0 * 1_000_000, waitedNanoseconds: thread.1 * 1_000_000)
        }
        return reading
    }

    @Test func onlyWhatLiesBetweenReadingsCounts() {
        var tally = HealthTally()
        tally.strike(due: 0, now: Self.second)
        tally.take(Self.reading(10, cpu: 5000, threads: [(900, 100), (100, 100)]))
        #expect(tally.health.watchedNanoseconds == 0 && tally.health.cpuNanoseconds == 0 && tally.health.pausedNanoseconds == 0)
        tally.take(Self.reading(11, cpu: 5500, threads: [(1100, 300), (200, 200)]))
        #expect(tally.health.watchedNanoseconds == Self.second && tally.health.cpuNanoseconds == 500_000_000)
        // On average of the threads.
        #expect(tally.health.waitedNanoseconds == 150_000_000 && tally.health.busyNanoseconds == 0)
        tally.rest()
        tally.take(Self.reading(100, cpu: 90_000, threads: [(9000, 9000), (9000, 9000)]))
        #expect(tally.health.watchedNanoseconds == Self.second && tally.health.cpuNanoseconds == 500_000_000)
    }

    @Test func aProcessIsBusyAtNineTenthsOfWhatItMayUse() {
        for (cpu, busiest, isBusy) in [(Int64(1799), Int64(899), false), (1800, 0, true), (0, 900, true)] {
            var tally = HealthTally()
            tally.take(Self.reading(0))
            tally.take(Self.reading(1, cpu: cpu, threads: [(busiest, 0), (0, 0)]))
            #expect(tally.health.busyNanoseconds == (isBusy ? Self.second : 0), "\(cpu) \(busiest)")
        }
        // With a quota of a fifth of a core, 180 ms of CPU time are nine tenths.
        var tally = HealthTally()
        var reading = Self.reading(0)
        reading.cores = 0.2
        tally.take(reading)
        reading.at = Self.second
        reading.cpuNanoseconds = 180_000_000
        tally.take(reading)
        #expect(tally.health.busyNanoseconds == Self.second && tally.health.cores == 0.2)
    }

    @Test func strikesThatAreLateByMoreThanAMachinesOwnArePauses() {
        var tally = HealthTally()
        tally.take(Self.reading(0))
        for late in [0, 100_000, 5_000_000, 5_000_001, 80_000_000] as [Int64] { tally.strike(due: 1000, now: 1000 + late) }
        #expect(tally.health.pausedNanoseconds == 85_000_001 && tally.health.longestPauseNanoseconds == 80_000_000)
    }

    @Test func whatIsLongerThanTheLeaseIsNoPause() {
        var tally = HealthTally(longestPause: 4 * Self.second)
        tally.take(Self.reading(0))
        tally.strike(due: 0, now: 4 * Self.second)
        #expect(tally.health.pausedNanoseconds == 0)
        tally.strike(due: 0, now: 4 * Self.second - 1)
        #expect(tally.health.pausedNanoseconds == 4 * Self.second - 1)
    }

    @Test func theLeastAndTheMostAreKept() {
        var tally = HealthTally()
        for (descriptors, ports) in [(500, 10), (nil, 90), (300, 20), (400, 5)] as [(Int?, Int)] {
            var reading = Self.reading(0)
            (reading.freeDescriptors, reading.connections.open, reading.ports) = (descriptors, ports, 28_232)
            tally.take(reading)
        }
        #expect(tally.health.freeDescriptors == 300 && tally.health.portsInUse == 90 && tally.health.ports == 28_232)
    }

    @Test func countersThatGoBackCountNothing() {
        var tally = HealthTally()
        var reading = Self.reading(0, cpu: 1000, threads: [(500, 500)])
        (reading.quota, reading.stolenNanoseconds) = (.init(periods: 100, throttledPeriods: 50), 7)
        tally.take(reading)
        tally.take(Self.reading(1))
        #expect(tally.health.cpuNanoseconds == 0 && tally.health.quotaPeriods == 0 && tally.health.throttledPeriods == 0)
        #expect(tally.health.stolenNanoseconds == 0 && tally.health.waitedNanoseconds == 0)
    }

    /// What this very machine says can be read, and grows.
    @Test func thisMachineCanBeRead() {
        let reader = MachineReader()
        let first = reader.reading(now: 1)
        var sum = 0
        for index in 0..<2_000_000 { sum &+= index }
        let second = reader.reading(now: 2)
        #expect(sum != 0 && second.cpuNanoseconds > first.cpuNanoseconds && first.cores > 0 && first.ports > 0)
    }

    @Test func engineThreadsAreFoundByName() throws {
        // The real thing, for a moment.
        let watch = try HealthWatch(longestPause: .max)
        watch.show(hasLoad: true)
        var waited = 0
        while watch.health == nil, waited < 500 {
            usleep(10_000)
            waited += 1
        }
        watch.show(hasLoad: false)
        watch.end()
        let health = try #require(watch.health)
        #expect(health.watchedNanoseconds > 0 && health.cores > 0)
    }

    @Test(arguments: [("1 2 3\n", 1, 2), ("100 50", 100, 50)]) func schedulingFiguresAreRead(text: String, cpu: Int64, waited: Int64) {
        #expect(MachineReader.thread(text) == .init(cpuNanoseconds: cpu, waitedNanoseconds: waited))
        #expect(MachineReader.thread("") == nil && MachineReader.thread("x y") == nil)
    }

    @Test func stolenTimeIsOfOneCore() {
        let text = "cpu  1 2 3 4 5 6 7 800 0 0\ncpu0 1 2 3 4 5 6 7 400 0 0\ncpu1 1 2 3 4 5 6 7 400 0 0\nintr 5\n"
        #expect(MachineReader.stolen(text, ticksPerSecond: 100) == 4_000_000_000)
        #expect(MachineReader.stolen("cpu 1 2", ticksPerSecond: 100) == nil && MachineReader.stolen("", ticksPerSecond: 100) == nil)
    }

    @Test func portsAreHeldAMinuteLonger() {
        var tally = HealthTally()
        // 100 connections a second, each closed at once.
        for second in 0..<300 {
            var reading = Self.reading(Int64(second))
            reading.connections = ConnectionCount(open: 3, opened: second * 100)
            tally.take(reading)
        }
        #expect(tally.health.portsInUse == 6_003)
    }
}

import Glibc
import LoadModel
import Testing

struct ShapeTextTests {
    private static let second: Int64 = 1_000_000_000

    private func level(_ text: String, _ seconds: Double, unit: LevelUnit = .users) throws -> Double {
        try ShapeText.profile(text, unit: unit).level(at: Int64(seconds * 1e9))
    }

    @Test func rampGoesInAStraightLine() throws {
        let text = "ramp(from=10, to=110, over=100s)"
        for (second, users) in [(0.0, 10.0), (50, 60), (100, 110), (1000, 110)] { #expect(try level(text, second) == users) }
        #expect(try level("ramp( over = 10s , to=0, from=100 )", 5) == 50)
    }

    @Test func stepsStayOnEachLevel() throws {
        let text = "steps(start=100, step=100, every=1m, max=250)"
        for (second, users) in [(0.0, 100.0), (59.9, 100), (60, 200), (119, 200), (120, 250), (179, 250), (500, 250)] {
            #expect(try level(text, second) == users)
        }
        #expect(try ShapeText.profile(text, unit: .users).endNanoseconds == 180 * Self.second)
        #expect(try ShapeText.profile("steps(start=5, step=1, every=1s, max=5)", unit: .users).lines.count == 1)
    }

    @Test func spikeRisesAndFallsAtOnce() throws {
        let text = "spike(base=10/s, peak=100/s, at=1m, for=30s)"
        for (second, rate) in [(0.0, 10.0), (59, 10), (60, 100), (89, 100), (90, 10), (149, 10), (151, 10)] {
            #expect(try level(text, second, unit: .starts) == rate)
        }
        #expect(try ShapeText.profile(text, unit: .starts).endNanoseconds == 150 * Self.second)
        #expect(try ShapeText.profile("spike(base=1, peak=9, at=0s, for=3s)", unit: .users).endNanoseconds == 3 * Self.second)
    }

    @Test func sineIsDrawnWithinAThousandthOfItsAmplitudeAndAHalf() throws {
        let profile = try ShapeText.profile("sine(mean=500, amplitude=200, period=10m, for=25m)", unit: .users)
        #expect(profile.lines.count == 160 && profile.endNanoseconds == 1500 * Self.second)
        for second in stride(from: 0, to: 1500, by: 0.7) {
            let exact = 500 + 200 * sin(2 * Double.pi * second / 600)
            #expect(abs(profile.level(at: Int64(second * 1e9)) - exact) <= 200 * 0.00121)
        }
        #expect(abs(profile.level(at: 150 * Self.second) - 700) < 1e-9 && abs(profile.finalLevel - 700) > 100)
    }

    @Test func sineEndsWithinALineAndNeverFallsBelowZero() throws {
        let profile = try ShapeText.profile("sine(mean=1, amplitude=1, period=7s, for=10s3ms)", unit: .users)
        #expect(profile.endNanoseconds == 10_003_000_000)
        #expect(profile.lines.allSatisfy { $0.from >= 0 && $0.to >= 0 && $0.durationNanoseconds > 0 })
    }

    @Test(arguments: [
        ("", "is empty"), ("wave(a=1)", "there is no shape 'wave'"), ("ramp", "ramp has no parentheses"),
        ("ramp(from=0, to=10, over=5m", "ramp has no parentheses"), ("ramp(0, 10, 5m)", "ramp takes values with their names"),
        ("ramp()", "ramp takes values with their names"), ("ramp(from=0, to=10)", "ramp lacks 'over'"),
        ("ramp(from=0)", "ramp lacks 'to' and 'over'"), ("ramp(from=0, from=1, to=2, over=1m)", "'from' is given twice"),
        ("ramp(from=0, to=10, over=5m, hold=1m)", "ramp has no 'hold', but from, to, over"),
        ("ramp(from=0, to=10, over=5)", "'over' has no unit"),
        ("ramp(from=0, to=10, over=0s)", "'over' is 0"), ("ramp(from=0, to=0, over=5m)", "there are no users"),
        ("ramp(from=-1, to=10, over=5m)", "'from' is below 0"), ("ramp(from=nan, to=10, over=5m)", "'from' is no number"),
        ("ramp(from=0/s, to=10, over=5m)", "'from' is a rate"), ("steps(start=1, step=0, every=1m, max=10)", "step is 0"),
        ("steps(start=11, step=1, every=1m, max=10)", "max is below start"),
        ("steps(start=0, step=1, every=1s, max=1000000)", "these are too many steps"),
        ("steps(start=0, step=1, every=90000h, max=2)", "the steps are too long"),
        ("spike(base=1, peak=2, at=90000h, for=1s)", "the shape is too long"),
        ("sine(mean=10, amplitude=11, period=1m, for=1h)", "the amplitude is above the mean"),
        ("sine(mean=6000000, amplitude=5000000, period=1m, for=1h)", "mean and amplitude are more"),
        ("sine(mean=10, amplitude=1, period=10ms, for=1h)", "the period is too short"),
        ("sine(mean=10, amplitude=1, period=1s, for=10000h)", "these are too many periods"),
    ])
    func saysWhatIsWrong(text: String, problem: String) {
        let error = #expect(throws: LoadError.self) { try ShapeText.profile(text, unit: .users) }
        #expect(error?.problem.hasPrefix(problem) == true && error?.remedy.isEmpty == false, "\(error.debugDescription)")
    }

    @Test(arguments: ShapeText.Shape.allCases) func examplesInMessagesAreRight(shape: ShapeText.Shape) throws {
        for unit in [LevelUnit.users, .starts] { _ = try ShapeText.profile(shape.example(unit), unit: unit) }
    }

    @Test func levelsOfSecondsBecomeAsFewLinesAsTheyCan() {
        let second = Self.second
        #expect(LoadProfile(eachSecond: [5]) == LoadProfile(stages: [(second, 5, 5)]))
        #expect(LoadProfile(eachSecond: [0, 10, 20, 30]).lines.count == 2)
        let profile = LoadProfile(eachSecond: [0, 10, 20, 5])
        #expect(profile == LoadProfile(stages: [(2 * second, 0, 20), (second, 20, 5), (second, 5, 5)]))
        let rough = LoadProfile(eachSecond: (0..<1000).map { Double($0 * $0 % 97) })
        for index in 0..<1000 { #expect(rough.level(at: Int64(index) * second) == Double(index * index % 97)) }
        #expect(rough.endNanoseconds == 1000 * second)
    }
}

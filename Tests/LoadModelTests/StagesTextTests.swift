import LoadModel
import Testing

struct StagesTextTests {
    private static let second: Int64 = 1_000_000_000

    @Test func stagesAreStraightLinesOneAfterTheOther() throws {
        let profile = try StagesText.profile(" 2m:1000 ,10m:1000,  1m:0 ", unit: .users)
        #expect(profile.endNanoseconds == 780 * Self.second && profile.lines.count == 3 && profile.finalLevel == 0)
        for (seconds, level) in [(0, 0.0), (60, 500), (120, 1000), (500, 1000), (750, 500), (780, 0), (9999, 0)] {
            #expect(profile.level(at: Int64(seconds) * Self.second) == level)
        }
        #expect((500...501).contains(UserCourse(profile).users(before: 60 * Self.second)))
        #expect(Load.profile(profile).mostUsers == 1000 && UserCourse(profile).most == 1000)
    }

    @Test func stagesOfStartsHaveRates() throws {
        let profile = try StagesText.profile("10s:100/s, 20s:6000/m, 0s:36/h, 1s:36/h", unit: .starts)
        #expect(profile.level(at: 5 * Self.second) == 50 && profile.level(at: 20 * Self.second) == 100)
        #expect(profile.level(at: 30 * Self.second) == 0.01)
        #expect(profile.area(until: 30 * Self.second) == 500 + 2000)
    }

    @Test func aStageOfNoTimeIsAJump() throws {
        let profile = try StagesText.profile("0s:7, 500ms:7, 0s:3, 1h1m1s1ms:3", unit: .users)
        #expect(profile.level(at: 0) == 7 && profile.level(at: Self.second / 2) == 3 && profile.lines.count == 2)
    }

    /// What is wrong, where, and how it is written.
    @Test(arguments: [
        ("", "is empty", 0, "2m:1000"),
        ("2m", "stage 1 has no level", 1, "2m:1000"),
        ("2m:10, 5m", "stage 2 has no level", 8, "a colon"),
        ("2m:10,,3m:5", "stage 2 is empty", 7, "a comma"),
        ("2m:10,", "stage 2 is empty", 7, "a comma"),
        ("2m:1:5", "stage 1 has 3 parts", 1, "2m:1000"),
        ("2m:1,000", "stage 2 has no time", 6, "1000, not 1,000"),
        ("2:1000", "the time of stage 1 has no unit", 1, "2s (seconds) or 2m (minutes)"),
        ("2m:1000, 0:10", "the time of stage 2 has no unit", 10, "0s (seconds) or 0m (minutes)"),
        ("2min:1000", "the time of stage 1 is no time", 1, "2m"),
        ("1m1h:1000", "the time of stage 1 is no time", 1, "from large to small"),
        ("-2m:1000", "the time of stage 1 is below 0", 1, "0s or more"),
        (":1000", "the time of stage 1 is missing", 1, "30s"),
        ("2m:", "the level of stage 1 is missing", 4, "1000"),
        ("2m:-5", "the level of stage 1 is below 0", 4, "0 or more"),
        ("2m:nan", "the level of stage 1 is no number", 4, "in digits"),
        ("2m:inf", "the level of stage 1 is no number", 4, "in digits"),
        ("2m:1e3", "the level of stage 1 is not written in digits", 4, "write it out"),
        ("2m:0x10", "the level of stage 1 is no number", 4, "in digits"),
        ("2m:١٠", "the level of stage 1 is no number", 4, "in digits"),
        ("2m:1.5", "the level of stage 1 is no whole number of users", 4, "1000"),
        ("2m:10/s", "the level of stage 1 is a rate", 4, "arrivals"),
        ("2m:10000001", "the level of stage 1 is more than a run can have", 4, "10000000"),
        ("2m:" + String(repeating: "9", count: 400), "the level of stage 1 is no number", 4, "in digits"),
        (String(repeating: "9", count: 40) + "h:1", "the time of stage 1 is no time", 1, "h, m, s, ms"),
        ("100001h:1", "the time of stage 1 is too long", 1, "100000h"),
        ("60000h:1, 60000h:1", "with stage 2 the stages are too long", 11, "100000h"),
        ("0s:5, 0ms:5", "the stages last no time", 1, "above 0s"),
        ("1m:0, 2m:0", "there are no users at any time", 1, "above 0"),
    ])
    func saysWhatIsWrongWithUsers(text: String, problem: String, character: Int, remedy: String) {
        let error = #expect(throws: LoadError.self) { try StagesText.profile(text, unit: .users) }
        #expect(error?.problem.hasPrefix(problem) == true, "\(error.debugDescription)")
        #expect(error?.place?.character ?? 0 == character && error?.remedy.contains(remedy) == true, "\(error.debugDescription)")
        #expect((error?.place?.part.count ?? 0) <= 40)
    }

    @Test(arguments: [
        ("1m:100", "the level of stage 1 has no unit", "100/s (starts per second) or 100/m (per minute)"),
        ("1m:100/sec", "the level of stage 1 has no unit that is known", "100/s (per second)"),
        ("1m:100/s/s", "the level of stage 1 has no unit that is known", "100/s (per second)"),
        ("1m:100/", "the level of stage 1 has no unit that is known", "100/h (per hour)"),
        ("1m:/s", "the level of stage 1 is missing", "1000/s"),
        ("1m:-1/s", "the level of stage 1 is below 0", "1000/s"),
        ("1m:10000001/s", "the level of stage 1 is more than a run can start", "10000000/s"),
        ("1m:0/s", "nothing is started at any time", "1000/s"),
    ])
    func saysWhatIsWrongWithStarts(text: String, problem: String, remedy: String) {
        let error = #expect(throws: LoadError.self) { try StagesText.profile(text, unit: .starts) }
        #expect(error?.problem.hasPrefix(problem) == true && error?.remedy.contains(remedy) == true, "\(error.debugDescription)")
    }

    @Test(arguments: [("1000/s", 1000.0), ("60/m", 1), ("90/h", 0.025), ("0.5 / s", 0.5)])
    func readsRates(text: String, perSecond: Double) throws { #expect(try LevelUnit.rate(text) == perSecond) }

    @Test(arguments: ["", "1000", "0/s", "-1/s", "nan/s", "1000/", "/s", "1000s", "1,000/s", "1e3/s"])
    func refusesOtherRates(text: String) { #expect(throws: LoadError.self) { try LevelUnit.rate(text) } }

    @Test func hugeTextsAreRefusedAtOnce() {
        let many = Array(repeating: "1s:5", count: 10_001).joined(separator: ",")
        #expect(throws: LoadError.self) { try StagesText.profile(many, unit: .users) }
        let long = String(repeating: "1", count: 5 << 20)
        #expect(throws: LoadError.self) { try StagesText.profile(long, unit: .users) }
        let most = Array(repeating: "1s:5", count: 10_000).joined(separator: ",")
        #expect((try? StagesText.profile(most, unit: .users))?.lines.count == 10_000)
    }

    @Test func noTextBreaksTheReader() {
        var random = SplitMix64(seed: 11)
        let pieces = [
            "1", "0", "9", "m", "h", "s", ":", ",", "/", ".", "-", " ", "(", ")", "=", "ramp", "spike", "at", "over", "é", "\u{0}", "\r\n",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            for unit in [LevelUnit.users, .starts] {
                for profile in [try? StagesText.profile(text, unit: unit), try? ShapeText.profile(text, unit: unit)].compactMap({ $0 }) {
                    #expect(profile.greatest > 0 && profile.greatest <= 10_000_000 && profile.endNanoseconds > 0)
                }
            }
        }
    }
}

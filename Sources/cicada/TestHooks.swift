import Glibc

/// What only tests ask for, in the environment.
enum TestHooks {
    /// `CICADA_TEST_DROP_DELTA=N`: the worker throws its N-th delta away as if the master had it.
    static var dropsDelta: Int? { getenv("CICADA_TEST_DROP_DELTA").flatMap { Int(String(cString: $0)) } }
    /// `CICADA_TEST_GIVE_UP=SECONDS`: the worker does without a master for so long.
    static var secondsWithoutMaster: Int? { getenv("CICADA_TEST_GIVE_UP").flatMap { Int(String(cString: $0)) } }
    /// `CICADA_TEST_STATE_GROWTH=BYTES`: the log of `--state` is written anew after so many.
    static var stateGrowth: Int64? { getenv("CICADA_TEST_STATE_GROWTH").flatMap { Int64(String(cString: $0)) } }
    /// `CICADA_TEST_SETTINGS=1`: each setting is told with its source.
    static func trace(_ setting: Setting, flag: String) {
        guard getenv("CICADA_TEST_SETTINGS") != nil else { return }
        complain("setting \(flag) = \(setting.text ?? "nothing") from \(setting.text == nil ? "nowhere" : setting.source)")
    }
    /// `CICADA_TEST_GO_ON=PATH`: the command, whose options have been read, goes on once this file is there, a minute later at most. A program that is built
    /// for tests takes seconds to read its options on a machine that is busy.
    static func waitUntilTold() {
        guard let path = getenv("CICADA_TEST_GO_ON") else { return }
        complain("waiting to be told to go on")
        for _ in 0..<30_000 where access(path, F_OK) != 0 { usleep(2_000) }
    }
}

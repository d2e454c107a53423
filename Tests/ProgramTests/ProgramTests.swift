import Testing

/// The finished programs as a user starts them, one run after the other: what they print and write, and how they end.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProgramTests {}

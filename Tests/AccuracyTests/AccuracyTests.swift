import Testing

/// Checks that measure: one after the other, and not beside others.
@Suite(.serialized, .timeLimit(.minutes(12))) struct AccuracyTests {}

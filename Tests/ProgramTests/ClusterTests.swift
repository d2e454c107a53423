import Testing

/// Master and workers as programs, against a target that counts. Few at a time: each test has several processes.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ClusterTests {}

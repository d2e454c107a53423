import Testing

@testable import Wire

struct ProtocolTests { @Test func versionIsAboveZero() { #expect(Protocol.version > 0) } }

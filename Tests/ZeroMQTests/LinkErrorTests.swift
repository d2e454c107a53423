import Testing

@testable import ZeroMQ

struct LinkErrorTests { @Test func saysWhatItWasTold() { #expect("\(LinkError("x"))" == "x") } }

import Testing

/// All that opens sockets, one test at a time.
@Suite(.serialized) enum SocketTests {}

/// Header lines `Name: value` as a request's draft holds them, each ended by a NUL byte.
enum HeaderLines {
    /// Whether there is a line with this name, in upper or lower case.
    /// - Complexity: O(bytes); used only where a request or its class says something about headers.
    static func contains(_ name: some Collection<UInt8>, in lines: UnsafeRawBufferPointer) -> Bool {
        lines.split(separator: 0).contains { line in
            line.count > name.count && line[line.startIndex + name.count] == UInt8(ascii: ":")
                && zip(line, name).allSatisfy { lowercased($0) == lowercased($1) }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

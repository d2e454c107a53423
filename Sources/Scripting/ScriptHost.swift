import CLuaBridge
import LoadModel

/// What script functions get from Swift: random identifiers, the time of day, values as text, and somewhere to print to.
final class ScriptHost {
    private var random: SplitMix64
    private var clock = TimestampText()
    private let log: (String) -> Void
    private var writer: ValueWriter?

    /// Takes the seed of its random numbers and the receiver of printed lines.
    init(seed: UInt64, log: @escaping (String) -> Void) {
        self.random = SplitMix64(seed: seed)
        self.log = log
    }

    /// Names the state that has these functions; called before its script runs.
    func serve(_ lua: UnsafeMutablePointer<cicada_lua>) { writer = ValueWriter(lua: lua) }

    /// The functions for a Lua state. The state must not outlive this object.
    var functions: cicada_host {
        cicada_host(
            owner: Unmanaged.passUnretained(self).toOpaque(),
            text: { owner, which, buffer in
                guard let owner, let buffer else { return 0 }
                let host = Unmanaged<ScriptHost>.fromOpaque(owner).takeUnretainedValue()
                let room = UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: UInt8.self)
                return which == CICADA_TEXT_UUID ? host.writeUUID(room) : host.clock.write(room)
            },
            log: { owner, text, length in
                guard let owner, let text else { return }
                let bytes = UnsafeRawBufferPointer(start: text, count: length)
                Unmanaged<ScriptHost>.fromOpaque(owner).takeUnretainedValue().log(String(decoding: bytes, as: UTF8.self))
            },
            encode: { owner, how, stack, index, bytes, length in
                guard let owner, let bytes, let length else { return false }
                let host = Unmanaged<ScriptHost>.fromOpaque(owner).takeUnretainedValue()
                guard let isWritten = host.writer?.write(how, index, of: stack) else { return false }
                bytes.pointee = host.writer?.bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                length.pointee = host.writer?.bytes.count ?? 0
                return isWritten
            })
    }

    private func writeUUID(_ room: UnsafeMutablePointer<UInt8>) -> Int {
        UUIDText.write(high: random.next(), low: random.next(), to: room)
    }
}

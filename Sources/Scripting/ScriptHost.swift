import CLuaBridge
import LoadModel

/// What script functions get from Swift: random identifiers, the time of day, values as text, somewhere to print to, data and figures.
final class ScriptHost {
    /// The state that it serves; set as soon as that is open.
    var lua: UnsafeMutablePointer<cicada_lua>?
    /// The script.
    let script: Script
    /// What the script takes from its surroundings.
    let materials: ScriptMaterials
    /// The declared data sources, in order.
    var stocks: [RowStock] = []
    /// Why the last `data()` was refused.
    var refusedData: ScriptError?
    /// Who is told what a step does; nil: nobody.
    var observer: StepObserver?
    /// Figures of the script's own that nobody has taken yet.
    var measurements: [Measurement] = []

    private var random: SplitMix64
    private var clock = TimestampText()
    private let log: (String) -> Void
    private var writer: ValueWriter?
    private var lent: UnsafeMutableRawBufferPointer?

    /// Takes the seed of its random numbers and the receiver of printed lines.
    init(script: Script, materials: ScriptMaterials, seed: UInt64, log: @escaping (String) -> Void) {
        self.script = script
        self.materials = materials
        self.random = SplitMix64(seed: seed)
        self.log = log
    }

    /// Names the state that has these functions; called before its script runs.
    func serve(_ lua: UnsafeMutablePointer<cicada_lua>) {
        self.lua = lua
        writer = ValueWriter(lua: lua)
    }

    deinit { lent?.deallocate() }

    /// Bytes for a C function, which hold until the next call.
    func lend(_ bytes: some Collection<UInt8>) -> cicada_bytes {
        lent?.deallocate()
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        room.copyBytes(from: bytes)
        lent = room
        return cicada_bytes(start: room.baseAddress, length: bytes.count)
    }

    /// The host that a C function calls.
    static func of(_ owner: UnsafeMutableRawPointer?) -> ScriptHost? {
        owner.map { Unmanaged<ScriptHost>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A seed for whatever chooses at random.
    func nextSeed() -> UInt64 { random.next() }

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
            }, variable: Self.variable, file: Self.file, declare_data: Self.declareData, count_rows: Self.countRows, column: Self.column,
            draw: Self.draw, cell: Self.cell, measure: Self.measure, judge: Self.judge)
    }

    private func writeUUID(_ room: UnsafeMutablePointer<UInt8>) -> Int {
        UUIDText.write(high: random.next(), low: random.next(), to: room)
    }
}

import CMessagePack

/// Where a value stands within a message. Found only when something is wrong: the whole message is searched for the value's address, so that
/// reading costs nothing for it.
enum MessagePackPath {
    /// Keys and positions from the root to a value; empty for the root itself. The three parts of an envelope have names.
    static func text(of value: UnsafePointer<msgpack_object>, in root: UnsafePointer<msgpack_object>) -> String {
        guard let steps = steps(to: value, from: root) else { return "" }
        var text = ""
        for step in steps.reversed() {
            if !text.isEmpty, !step.hasPrefix("[") { text += "." }
            text += step
        }
        for (index, name) in ["type", "data", "node_id"].enumerated() where text.hasPrefix("[\(index)]") {
            return name + text.dropFirst(3)
        }
        return text
    }

    /// From the value up to the root; nil if it is not below it. As deep as the library reads, 32.
    private static func steps(to value: UnsafePointer<msgpack_object>, from object: UnsafePointer<msgpack_object>) -> [String]? {
        if object == value { return [] }
        switch object.pointee.type {
        case MSGPACK_OBJECT_ARRAY:
            let array = UnsafeBufferPointer(start: object.pointee.via.array.ptr, count: Int(object.pointee.via.array.size))
            for index in array.indices {
                guard let base = array.baseAddress else { return nil }
                if let steps = steps(to: value, from: base + index) { return steps + ["[\(index)]"] }
            }
        case MSGPACK_OBJECT_MAP:
            guard let base = object.pointee.via.map.ptr else { return nil }
            // A pair is its key and its value, one behind the other.
            let pairs = UnsafeRawPointer(base).assumingMemoryBound(to: msgpack_object.self)
            for index in 0..<Int(object.pointee.via.map.size) {
                let key = pairs + 2 * index
                if key == value { return ["[key \(index)]"] }
                if let steps = steps(to: value, from: key + 1) { return steps + [name(of: key, index: index)] }
            }
        default: break
        }
        return nil
    }

    private static func name(of key: UnsafePointer<msgpack_object>, index: Int) -> String {
        guard key.pointee.type == MSGPACK_OBJECT_STR, key.pointee.via.str.size <= 64 else { return "[pair \(index)]" }
        let text = UnsafeRawBufferPointer(start: key.pointee.via.str.ptr, count: Int(key.pointee.via.str.size))
        return String(validating: text, as: UTF8.self) ?? "[pair \(index)]"
    }

    /// What a type is called, with its article.
    static func typeName(_ type: msgpack_object_type) -> String {
        switch type {
        case MSGPACK_OBJECT_NIL: "nil"
        case MSGPACK_OBJECT_BOOLEAN: "true or false"
        case MSGPACK_OBJECT_POSITIVE_INTEGER, MSGPACK_OBJECT_NEGATIVE_INTEGER: "a whole number"
        case MSGPACK_OBJECT_FLOAT32, MSGPACK_OBJECT_FLOAT64: "a decimal number"
        case MSGPACK_OBJECT_STR: "a string"
        case MSGPACK_OBJECT_BIN: "bytes"
        case MSGPACK_OBJECT_ARRAY: "an array"
        case MSGPACK_OBJECT_MAP: "a map"
        default: "an extension"
        }
    }
}

import Glibc

/// Certificates of trusted authorities: the content of a PEM file, at an address that stays, since every transfer refers to it.
///
/// `@unchecked Sendable`: never changed.
package final class Authorities: @unchecked Sendable, Equatable {
    /// The content.
    package let bytes: UnsafeRawBufferPointer

    package init(_ content: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, content.count), alignment: 1)
        copy.copyBytes(from: content)
        bytes = UnsafeRawBufferPointer(rebasing: copy[..<content.count])
    }

    deinit { bytes.deallocate() }

    package static func == (a: Authorities, b: Authorities) -> Bool { a.bytes.elementsEqual(b.bytes) }
}

import CSodium

/// The hash that plans and texts are recognised by (FIPS 180-4).
package enum SHA256 {
    /// 32 bytes.
    /// - Complexity: O(n)
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        Sodium.ready()
        var digest = [UInt8](repeating: 0, count: crypto_hash_sha256_bytes())
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }
}

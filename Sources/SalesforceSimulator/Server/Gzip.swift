/// The gzip container: reads any of it, writes it without compressing.
enum Gzip {
    /// Why a body is no gzip stream.
    struct Malformed: Error {}

    /// Unpacks a gzip stream of one member.
    static func decompress(_ bytes: [UInt8], limit: Int) throws(Malformed) -> [UInt8] {
        guard bytes.count >= 18, bytes[0] == 0x1F, bytes[1] == 0x8B, bytes[2] == 8 else {
            throw Malformed()
        }
        let flags = bytes[3]
        var position = 10
        if flags & 4 != 0 {
            position += 2 + Int(bytes[10]) + Int(bytes[11]) << 8
        }
        for flag in [UInt8(8), 16] where flags & flag != 0 {
            while position < bytes.count, bytes[position] != 0 {
                position += 1
            }
            position += 1
        }
        if flags & 2 != 0 {
            position += 2
        }
        var inflate = Inflate(bytes, from: position, limit: limit)
        let unpacked = try inflate.run()
        let trailer = inflate.bytePosition
        guard trailer + 8 <= bytes.count else {
            throw Malformed()
        }
        let checksum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[trailer + $1]) << UInt32(8 * $1) }
        guard checksum == crc32(unpacked) else {
            throw Malformed()
        }
        return unpacked
    }

    /// Wraps bytes in stored blocks, so that clients have to unpack something.
    static func store(_ bytes: [UInt8]) -> [UInt8] {
        var stored: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        stored.reserveCapacity(bytes.count + 64)
        var start = 0
        repeat {
            let end = min(start + 0xFFFF, bytes.count)
            let count = UInt16(end - start)
            stored.append(end == bytes.count ? 1 : 0)
            stored += [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
            stored += bytes[start..<end]
            start = end
        } while start < bytes.count
        for value in [crc32(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            stored += (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
        }
        return stored
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var checksum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            checksum = table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] ^ (checksum >> 8)
        }
        return ~checksum
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
}

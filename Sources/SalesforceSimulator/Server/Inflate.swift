/// A small decoder of DEFLATE streams (RFC 1951), after the public description of `puff`.
struct Inflate {
    private let input: [UInt8]
    private var position: Int
    private var bits = 0
    private var bitCount = 0
    private var output: [UInt8] = []
    private let limit: Int

    init(_ input: [UInt8], from position: Int, limit: Int) {
        self.input = input
        self.position = position
        self.limit = limit
    }

    /// Where the first byte after the stream is.
    var bytePosition: Int {
        position
    }

    mutating func run() throws(Gzip.Malformed) -> [UInt8] {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try stored()
            case 1: try compressed(Self.fixedLengths, Self.fixedDistances)
            case 2:
                let (lengths, distances) = try dynamicCodes()
                try compressed(lengths, distances)
            default: throw Gzip.Malformed()
            }
        }
        return output
    }

    /// A canonical Huffman code: how many codes of each length, and the symbols in order.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(_ lengths: ArraySlice<Int>) {
            for length in lengths {
                counts[length] += 1
            }
            counts[0] = 0
            for length in 1..<16 {
                for (symbol, own) in lengths.enumerated() where own == length {
                    symbols.append(symbol)
                }
            }
        }
    }

    private mutating func take(_ count: Int) throws(Gzip.Malformed) -> Int {
        while bitCount < count {
            guard position < input.count else {
                throw Gzip.Malformed()
            }
            bits |= Int(input[position]) << bitCount
            position += 1
            bitCount += 8
        }
        let value = bits & ((1 << count) - 1)
        bits >>= count
        bitCount -= count
        return value
    }

    private mutating func symbol(_ code: Code) throws(Gzip.Malformed) -> Int {
        var value = 0
        var first = 0
        var index = 0
        for length in 1..<16 {
            value |= try take(1)
            let count = code.counts[length]
            if value - count < first {
                return code.symbols[index + value - first]
            }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw Gzip.Malformed()
    }

    private mutating func stored() throws(Gzip.Malformed) {
        bits = 0
        bitCount = 0
        guard position + 4 <= input.count else {
            throw Gzip.Malformed()
        }
        let count = Int(input[position]) | Int(input[position + 1]) << 8
        position += 4
        guard position + count <= input.count, output.count + count <= limit else {
            throw Gzip.Malformed()
        }
        output += input[position..<position + count]
        position += count
    }

    private mutating func compressed(_ lengths: Code, _ distances: Code) throws(Gzip.Malformed) {
        while true {
            let symbol = try symbol(lengths)
            if symbol == 256 {
                return
            }
            guard output.count < limit else {
                throw Gzip.Malformed()
            }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            guard symbol - 257 < Self.lengthBases.count else {
                throw Gzip.Malformed()
            }
            let length = Self.lengthBases[symbol - 257] + (try take(Self.lengthExtras[symbol - 257]))
            let distanceSymbol = try self.symbol(distances)
            guard distanceSymbol < 30 else {
                throw Gzip.Malformed()
            }
            let distance = Self.distanceBases[distanceSymbol] + (try take(max(0, distanceSymbol / 2 - 1)))
            guard distance <= output.count else {
                throw Gzip.Malformed()
            }
            for _ in 0..<length {
                output.append(output[output.count - distance])
            }
        }
    }

    private mutating func dynamicCodes() throws(Gzip.Malformed) -> (Code, Code) {
        let lengthCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        let orderCount = try take(4) + 4
        var orderLengths = [Int](repeating: 0, count: 19)
        for index in 0..<orderCount {
            orderLengths[Self.order[index]] = try take(3)
        }
        let orderCode = Code(orderLengths[...])
        var lengths: [Int] = []
        while lengths.count < lengthCount + distanceCount {
            let symbol = try symbol(orderCode)
            switch symbol {
            case 0..<16:
                lengths.append(symbol)
            case 16:
                guard let last = lengths.last else {
                    throw Gzip.Malformed()
                }
                lengths += [Int](repeating: last, count: try take(2) + 3)
            case 17:
                lengths += [Int](repeating: 0, count: try take(3) + 3)
            default:
                lengths += [Int](repeating: 0, count: try take(7) + 11)
            }
        }
        guard lengths.count == lengthCount + distanceCount else {
            throw Gzip.Malformed()
        }
        return (Code(lengths[..<lengthCount]), Code(lengths[lengthCount...]))
    }

    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthExtras = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073,
        4_097,
        6_145, 8_193, 12_289, 16_385, 24_577,
    ]
    private static let fixedLengths = Code(
        ([Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
            + [Int](repeating: 8, count: 8))[...]
    )
    private static let fixedDistances = Code([Int](repeating: 5, count: 30)[...])
}

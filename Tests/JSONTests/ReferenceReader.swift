/// A slow recursive reader of a stream of JSON texts, written from the grammars alone, to hold the scanner against.
///
/// It asks of every byte whether any continuation could be right: of characters and escapes by the range of code points
/// that can still be reached.
struct ReferenceReader {
    /// The byte at this place cannot be right, or is missing.
    struct Wrong: Error {
        var offset: Int
    }

    private let bytes: [UInt8]
    private var index = 0

    /// Reads all texts; the second result is the place of the mistake that ended the stream.
    static func texts(_ bytes: [UInt8]) -> (texts: [[UInt8]], error: Int?) {
        var reader = ReferenceReader(bytes: bytes)
        var texts: [[UInt8]] = []
        do {
            while true {
                reader.space()
                let start = reader.index
                guard start < bytes.count else { return (texts, nil) }
                try reader.value()
                try reader.checkEndOfTopLevelNumber(start)
                texts.append(Array(bytes[start..<reader.index]))
            }
        } catch {
            return (texts, error.offset)
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func peek() throws(Wrong) -> UInt8 {
        guard index < bytes.count else { throw Wrong(offset: bytes.count) }
        return bytes[index]
    }

    private func peekCharacter() throws(Wrong) -> Character { Character(Unicode.Scalar(try peek())) }

    private mutating func space() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) {
            index += 1
        }
    }

    private mutating func expect(_ text: String) throws(Wrong) {
        for byte in text.utf8 {
            guard try peek() == byte else { throw Wrong(offset: index) }
            index += 1
        }
    }

    private func checkEndOfTopLevelNumber(_ start: Int) throws(Wrong) {
        guard "-0123456789".utf8.contains(bytes[start]), index < bytes.count else { return }
        guard " \t\r\n{[\"tfn".utf8.contains(bytes[index]) else { throw Wrong(offset: index) }
    }

    private mutating func value() throws(Wrong) {
        switch try peekCharacter() {
        case "{": try sequence("}") { reader throws(Wrong) in try reader.member() }
        case "[": try sequence("]") { reader throws(Wrong) in try reader.value() }
        case "\"": try string()
        case "t": try expect("true")
        case "f": try expect("false")
        case "n": try expect("null")
        default: try number()
        }
    }

    private mutating func sequence(
        _ end: Character,
        _ item: (inout ReferenceReader) throws(Wrong) -> Void
    ) throws(Wrong) {
        index += 1
        space()
        if try peekCharacter() == end {
            index += 1
            return
        }
        while true {
            space()
            try item(&self)
            space()
            if try peekCharacter() == end { break }
            try expect(",")
        }
        index += 1
    }

    private mutating func member() throws(Wrong) {
        try string()
        space()
        try expect(":")
        space()
        try value()
    }

    private mutating func digits() throws(Wrong) {
        guard (0x30...0x39).contains(try peek()) else { throw Wrong(offset: index) }
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            index += 1
        }
    }

    private mutating func number() throws(Wrong) {
        if try peekCharacter() == "-" { index += 1 }
        if try peekCharacter() == "0" { index += 1 } else { try digits() }
        if index < bytes.count, bytes[index] == 0x2E {
            index += 1
            try digits()
        }
        if index < bytes.count, bytes[index] == 0x65 || bytes[index] == 0x45 {
            index += 1
            if ["+", "-"].contains(try peekCharacter()) { index += 1 }
            try digits()
        }
    }

    private mutating func string() throws(Wrong) {
        try expect("\"")
        while try peekCharacter() != "\"" {
            if try peekCharacter() == "\\" { try escape() } else { try character() }
        }
        index += 1
    }

    private mutating func escape() throws(Wrong) {
        index += 1
        if try peekCharacter() == "u" {
            let unit = try unit { !$0.allSatisfy { (0xDC00...0xDFFF).contains($0) } }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            try expect("\\")
            guard try peekCharacter() == "u" else { throw Wrong(offset: index) }
            _ = try self.unit { $0.overlaps(0xDC00...0xDFFF) }
            return
        }
        guard "\"\\/bfnrt".contains(try peekCharacter()) else { throw Wrong(offset: index) }
        index += 1
    }

    /// Reads `u` and four digits, each of which must leave a range of units that is acceptable.
    private mutating func unit(_ isPossible: (ClosedRange<UInt32>) -> Bool) throws(Wrong) -> UInt32 {
        index += 1
        var unit: UInt32 = 0
        for left in [12, 8, 4, 0] as [UInt32] {
            guard let digit = try peekCharacter().hexDigitValue, try peek() < 0x80 else { throw Wrong(offset: index) }
            unit |= UInt32(digit) << left
            guard isPossible(unit...unit + (1 << left - 1)) else { throw Wrong(offset: index) }
            index += 1
        }
        return unit
    }

    private mutating func character() throws(Wrong) {
        let lead = try peek()
        if lead < 0x80 {
            guard lead >= 0x20 else { throw Wrong(offset: index) }
            index += 1
            return
        }
        let length = (~lead).leadingZeroBitCount
        guard (2...4).contains(length) else { throw Wrong(offset: index) }
        let least: UInt32 = [0, 0, 0x80, 0x800, 0x10000][length]
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for left in (0..<length).reversed() {
            let low = value << (6 * UInt32(left))
            let range = low...low + (1 << (6 * UInt32(left)) - 1)
            let isPossible =
                (least <= 0xD7FF && range.overlaps(least...0xD7FF)) || range.overlaps(max(least, 0xE000)...0x10FFFF)
            guard isPossible else { throw Wrong(offset: index) }
            index += 1
            guard left > 0 else { return }
            guard try peek() & 0xC0 == 0x80 else { throw Wrong(offset: index) }
            value = value << 6 | UInt32(try peek() & 0x3F)
        }
    }
}

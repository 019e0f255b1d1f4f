import Glibc

extension [UInt8] {
    /// Overwrites a fixed-width decimal number.
    mutating func writeDigits(_ number: UInt64, count: Int, at offset: Int) {
        var rest = number
        var position = offset + count
        while position > offset {
            position -= 1
            self[position] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }
}

extension Span<UInt8> {
    /// The place of the next newline.
    func lineEnd(from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, 10, bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Whether the text occurs in a part of the bytes.
    func contains(_ text: [UInt8], in range: Range<Int>) -> Bool {
        place(of: text, in: range) != nil
    }

    /// The decimal number that follows a text.
    func number(after text: [UInt8], in range: Range<Int>) -> Int? {
        guard var position = place(of: text, in: range).map({ $0 + text.count }) else { return nil }
        var value = 0
        let start = position
        while position < range.upperBound, position - start < 18, (48...57).contains(self[position]) {
            value = value * 10 + Int(self[position] - 48)
            position += 1
        }
        return position > start ? value : nil
    }

    private func place(of text: [UInt8], in range: Range<Int>) -> Int? {
        guard range.count >= text.count else { return nil }
        return (range.lowerBound...range.upperBound - text.count).first { start in
            text.indices.allSatisfy { self[start + $0] == text[$0] }
        }
    }
}

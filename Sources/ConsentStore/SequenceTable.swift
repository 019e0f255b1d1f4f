import Consent

/// A table of sequence numbers, of which the oldest are forgotten first.
///
/// It grows without copying what it holds, so that no entry is ever a pause.
struct SequenceTable<Value> {
    private var chunks: [Chunk] = []
    /// How many chunks in front are empty for good; they go when they are half of all.
    private var vacatedCount = 0
    /// The number of the first chunk.
    private var firstChunk = 0
    private(set) var count = 0

    fileprivate struct Chunk {
        /// Empty when nothing is in it.
        var values: [Value?] = []
        /// A bit for each value that is there.
        var present: UInt64 = 0

        func has(_ index: Int) -> Bool { present >> UInt64(index) & 1 == 1 }
    }

    /// As many as a chunk has bits.
    private static var chunkSize: Int { 64 }

    subscript(key: SequenceNumber) -> Value? {
        _read {
            if let place = place(of: key) {
                yield chunks[place.chunk].values[place.index]
            } else {
                yield nil
            }
        }
        _modify {
            let place = makePlace(of: key)
            defer { note(place.chunk, place.index) }
            yield &chunks[place.chunk].values[place.index]
        }
    }

    /// Whether there is a value; it is not looked at.
    func contains(_ key: SequenceNumber) -> Bool { place(of: key) != nil }

    /// What a value says; nil where there is none.
    ///
    /// Inlined, so that the value is not copied for it.
    @inline(__always)
    func look<Result>(at key: SequenceNumber, _ body: (Value) -> Result) -> Result? {
        guard let place = place(of: key), let value = chunks[place.chunk].values[place.index] else { return nil }
        return body(value)
    }

    /// Takes a value out of the table.
    mutating func remove(_ key: SequenceNumber) -> Value? {
        remove(key) { _ in true }
    }

    /// Takes a value out of the table if it passes; moved and not copied, since it is large.
    mutating func remove(_ key: SequenceNumber, where isUnwanted: (borrowing Value) -> Bool) -> Value? {
        guard let place = place(of: key) else { return nil }
        var taken: Value?
        swap(&taken, &chunks[place.chunk].values[place.index])
        guard let value = consume taken else { return nil }
        guard isUnwanted(value) else {
            chunks[place.chunk].values[place.index] = consume value
            return nil
        }
        note(place.chunk, place.index)
        return value
    }

    /// The numbers in the table, in order.
    var keys: [SequenceNumber] {
        var keys: [SequenceNumber] = []
        keys.reserveCapacity(count)
        for (offset, chunk) in chunks.enumerated() {
            var rest = chunk.present
            while rest != 0 {
                let index = rest.trailingZeroBitCount
                keys.append(SequenceNumber(UInt64((firstChunk + offset) * Self.chunkSize + index)))
                rest &= rest - 1
            }
        }
        return keys
    }

    /// Where a value is that is there.
    private func place(of key: SequenceNumber) -> (chunk: Int, index: Int)? {
        let number = Int(truncatingIfNeeded: key.rawValue)
        let chunk = number / Self.chunkSize - firstChunk
        guard number >= 0, chunk >= 0, chunk < chunks.count, chunks[chunk].has(number % Self.chunkSize) else {
            return nil
        }
        return (chunk, number % Self.chunkSize)
    }

    private mutating func makePlace(of key: SequenceNumber) -> (chunk: Int, index: Int) {
        let number = Int(truncatingIfNeeded: key.rawValue)
        let chunk = number / Self.chunkSize
        if chunks.isEmpty { firstChunk = chunk }
        if firstChunk > chunk {
            chunks.insert(contentsOf: repeatElement(Chunk(), count: firstChunk - chunk), at: 0)
            firstChunk = chunk
        }
        while chunks.count <= chunk - firstChunk { chunks.append(Chunk()) }
        let place = chunk - firstChunk
        vacatedCount = min(vacatedCount, place)
        if chunks[place].values.isEmpty {
            chunks[place].values = [Value?](repeating: nil, count: Self.chunkSize)
        }
        return (place, number % Self.chunkSize)
    }

    /// Counts a place that may have changed.
    private mutating func note(_ chunk: Int, _ index: Int) {
        let isThere = chunks[chunk].values[index] != nil
        if chunks[chunk].has(index) != isThere {
            count += isThere ? 1 : -1
            chunks[chunk].present ^= 1 << UInt64(index)
        }
        if chunks[chunk].present == 0 { vacate(chunk) }
    }

    private mutating func vacate(_ chunk: Int) {
        chunks[chunk].values = []
        while vacatedCount < chunks.count - 1, chunks[vacatedCount].present == 0 { vacatedCount += 1 }
        guard vacatedCount > chunks.count / 2 else { return }
        chunks.removeFirst(vacatedCount)
        firstChunk += vacatedCount
        vacatedCount = 0
    }
}

extension SequenceTable: Sendable where Value: Sendable {}

extension SequenceTable.Chunk: Sendable where Value: Sendable {}

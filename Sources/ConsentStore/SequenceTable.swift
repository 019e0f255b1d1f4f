import Consent
import DequeModule

/// A table of sequence numbers, of which the oldest are forgotten first.
///
/// It grows without copying what it holds, so that no entry is ever a pause.
struct SequenceTable<Value> {
    private var chunks = Deque<Chunk>()
    /// The number of the chunk in front.
    private var firstChunk = 0
    private(set) var count = 0

    fileprivate struct Chunk {
        /// Empty when nothing is in it.
        var values: [Value?] = []
        var count = 0
    }

    private static var chunkSize: Int { 64 }

    subscript(key: SequenceNumber) -> Value? {
        _read {
            let place = place(of: key)
            if let place, !chunks[place.chunk].values.isEmpty {
                yield chunks[place.chunk].values[place.index]
            } else {
                yield nil
            }
        }
        _modify {
            let place = makePlace(of: key)
            let wasThere = chunks[place.chunk].values[place.index] != nil
            defer { note(place.chunk, wasThere: wasThere, isThere: chunks[place.chunk].values[place.index] != nil) }
            yield &chunks[place.chunk].values[place.index]
        }
    }

    /// Takes a value out of the table.
    mutating func remove(_ key: SequenceNumber) -> Value? {
        guard let place = place(of: key), !chunks[place.chunk].values.isEmpty else { return nil }
        var value: Value?
        swap(&value, &chunks[place.chunk].values[place.index])
        if value != nil { note(place.chunk, wasThere: true, isThere: false) }
        return value
    }

    /// The numbers in the table, in order.
    var keys: [SequenceNumber] {
        var keys: [SequenceNumber] = []
        keys.reserveCapacity(count)
        for (offset, chunk) in chunks.enumerated() {
            for (index, value) in chunk.values.enumerated() where value != nil {
                keys.append(SequenceNumber(UInt64((firstChunk + offset) * Self.chunkSize + index)))
            }
        }
        return keys
    }

    private func place(of key: SequenceNumber) -> (chunk: Int, index: Int)? {
        let number = Int(truncatingIfNeeded: key.rawValue)
        let chunk = number / Self.chunkSize - firstChunk
        guard number >= 0, chunks.indices.contains(chunk) else { return nil }
        return (chunk, number % Self.chunkSize)
    }

    private mutating func makePlace(of key: SequenceNumber) -> (chunk: Int, index: Int) {
        let number = Int(truncatingIfNeeded: key.rawValue)
        let chunk = number / Self.chunkSize
        if chunks.isEmpty { firstChunk = chunk }
        while firstChunk > chunk {
            chunks.prepend(Chunk())
            firstChunk -= 1
        }
        while chunks.count <= chunk - firstChunk { chunks.append(Chunk()) }
        let place = chunk - firstChunk
        if chunks[place].values.isEmpty {
            chunks[place].values = [Value?](repeating: nil, count: Self.chunkSize)
        }
        return (place, number % Self.chunkSize)
    }

    private mutating func note(_ chunk: Int, wasThere: Bool, isThere: Bool) {
        guard wasThere != isThere else {
            if chunks[chunk].count == 0 { forget(chunk) }
            return
        }
        count += isThere ? 1 : -1
        chunks[chunk].count += isThere ? 1 : -1
        if chunks[chunk].count == 0 { forget(chunk) }
    }

    private mutating func forget(_ chunk: Int) {
        chunks[chunk].values = []
        while let first = chunks.first, first.count == 0, chunks.count > 1 {
            chunks.removeFirst()
            firstChunk += 1
        }
    }
}

extension SequenceTable: Sendable where Value: Sendable {}

extension SequenceTable.Chunk: Sendable where Value: Sendable {}

import Consent

/// An array that grows without copying what it holds, so that no append is ever a pause.
struct ChunkedArray<Element> {
    private var chunks: [[Element]] = []
    private(set) var count = 0

    private static var chunkSize: Int { 4_096 }

    mutating func append(_ element: Element) {
        if count % Self.chunkSize == 0 {
            var chunk: [Element] = []
            chunk.reserveCapacity(Self.chunkSize)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    subscript(index: Int) -> Element {
        get { chunks[index / Self.chunkSize][index % Self.chunkSize] }
        _modify { yield &chunks[index / Self.chunkSize][index % Self.chunkSize] }
    }
}

/// A dictionary from sequence numbers in shards, so that growing one never rehashes the whole table at once.
struct ShardedTable<Value> {
    private var shards = [[UInt64: Value]](repeating: [:], count: 64)
    private(set) var count = 0

    subscript(key: SequenceNumber) -> Value? {
        _read { yield shards[Int(key.rawValue % 64)][key.rawValue] }
        _modify {
            let shard = Int(key.rawValue % 64)
            let before = shards[shard].count
            defer { count += shards[shard].count - before }
            yield &shards[shard][key.rawValue]
        }
    }
}

import DequeModule

/// A queue in chunks: while a copy of it is read elsewhere, a change copies one chunk and not the whole.
struct ChunkedQueue<Element> {
    private var chunks = Deque<[Element]>()
    /// How many elements of the first chunk have been taken.
    private var taken = 0
    private(set) var count = 0

    private static var chunkSize: Int { 1_024 }

    var isEmpty: Bool { count == 0 }

    var first: Element? { chunks.first?[taken] }

    mutating func append(_ element: Element) {
        if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
            var chunk: [Element] = []
            chunk.reserveCapacity(Self.chunkSize)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        taken += 1
        count -= 1
        if taken == chunks[0].count {
            chunks.removeFirst()
            taken = 0
        }
        return element
    }

    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        var kept = ChunkedQueue()
        for element in self where !isUnwanted(element) { kept.append(element) }
        self = kept
    }
}

extension ChunkedQueue: Sequence {
    func makeIterator() -> some IteratorProtocol<Element> {
        chunks.lazy.joined().dropFirst(taken).makeIterator()
    }
}

extension ChunkedQueue: Sendable where Element: Sendable {}

import DequeModule

/// A queue in chunks: while a copy of it is read elsewhere, a change copies one chunk and not the whole.
struct ChunkedQueue<Element> {
    private var chunks = Deque<[Element]>()
    /// How many elements of the first chunk have been taken.
    private var taken = 0
    private(set) var count = 0
    /// The position of the first element, which it keeps for as long as it is there.
    private(set) var startIndex = 0

    private static var chunkSize: Int { 1_024 }

    var isEmpty: Bool { count == 0 }

    var first: Element? { chunks.first?[taken] }

    /// The position that the next element gets.
    var endIndex: Int { startIndex + count }

    subscript(position: Int) -> Element {
        _read {
            let place = place(of: position)
            yield chunks[place.chunk][place.index]
        }
        _modify {
            let place = place(of: position)
            yield &chunks[place.chunk][place.index]
        }
    }

    mutating func append(_ element: consuming Element) {
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
        startIndex += 1
        if taken == chunks[0].count {
            chunks.removeFirst()
            taken = 0
        }
        return element
    }

    private func place(of position: Int) -> (chunk: Int, index: Int) {
        precondition(position >= startIndex && position < endIndex, "no element at \(position)")
        let offset = taken + position - startIndex
        return (offset / Self.chunkSize, offset % Self.chunkSize)
    }
}

extension ChunkedQueue: Sequence {
    func makeIterator() -> some IteratorProtocol<Element> {
        chunks.lazy.joined().dropFirst(taken).makeIterator()
    }
}

extension ChunkedQueue: Sendable where Element: Sendable {}

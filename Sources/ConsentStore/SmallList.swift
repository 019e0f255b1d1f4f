import Consent

/// A list of which there is mostly one element: that one needs no memory of its own.
enum SmallList<Element> {
    case none
    case one(Element)
    case many([Element])

    mutating func append(_ element: Element) {
        insert(element, at: count)
    }

    mutating func insert(_ element: Element, at place: Int) {
        // Taken out and put back: an array held twice would be copied.
        switch consume self {
        case .none: self = .one(element)
        case .one(let other): self = .many(place == 0 ? [element, other] : [other, element])
        case .many(var elements):
            elements.insert(element, at: place)
            self = .many(elements)
        }
    }

    mutating func remove(at place: Int) {
        switch consume self {
        case .none, .one: self = .none
        case .many(var elements):
            elements.remove(at: place)
            self = elements.count == 1 ? .one(elements[0]) : .many(elements)
        }
    }
}

extension SmallList: RandomAccessCollection, MutableCollection {
    var startIndex: Int { 0 }

    var endIndex: Int {
        switch self {
        case .none: 0
        case .one: 1
        case .many(let elements): elements.count
        }
    }

    subscript(index: Int) -> Element {
        get {
            switch self {
            case .none: preconditionFailure("no element at \(index)")
            case .one(let element): element
            case .many(let elements): elements[index]
            }
        }
        _modify {
            switch consume self {
            case .none: preconditionFailure("no element at \(index)")
            case .one(var element):
                self = .none
                yield &element
                self = .one(element)
            case .many(var elements):
                self = .none
                yield &elements[index]
                self = .many(elements)
            }
        }
    }
}

extension SmallList: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: Element...) {
        self = elements.count > 1 ? .many(elements) : elements.first.map(Self.one) ?? .none
    }
}

extension SmallList: Equatable where Element: Equatable {}

extension SmallList: Sendable where Element: Sendable {}

/// Events in ascending order.
typealias EventList = SmallList<SequenceNumber>

extension EventList {
    /// Adds an event where it belongs.
    mutating func insert(_ event: SequenceNumber) {
        // Mostly it is the newest.
        var place = endIndex
        while place > 0, self[place - 1] > event { place -= 1 }
        insert(event, at: place)
    }

    mutating func remove(_ event: SequenceNumber) {
        if let place = firstIndex(of: event) { remove(at: place) }
    }
}

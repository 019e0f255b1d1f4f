import Consent

/// Events in ascending order, of which there is mostly one: that one needs no memory of its own.
enum EventList: Equatable, Sendable {
    case none
    case one(SequenceNumber)
    case many([SequenceNumber])

    /// Adds an event where it belongs.
    mutating func insert(_ event: SequenceNumber) {
        switch self {
        case .none: self = .one(event)
        case .one(let other): self = .many(other < event ? [other, event] : [event, other])
        case .many(var events):
            // An array held twice would be copied.
            self = .none
            let place = events.last.map { $0 < event } == true ? nil : events.firstIndex { $0 > event }
            events.insert(event, at: place ?? events.endIndex)
            self = .many(events)
        }
    }

    mutating func remove(_ event: SequenceNumber) {
        switch self {
        case .none: return
        case .one(let other): if other == event { self = .none }
        case .many(var events):
            self = .none
            if let place = events.firstIndex(of: event) { events.remove(at: place) }
            self = events.count == 1 ? .one(events[0]) : .many(events)
        }
    }
}

extension EventList: RandomAccessCollection {
    var startIndex: Int { 0 }

    var endIndex: Int {
        switch self {
        case .none: 0
        case .one: 1
        case .many(let events): events.count
        }
    }

    subscript(index: Int) -> SequenceNumber {
        switch self {
        case .none: preconditionFailure("no event at \(index)")
        case .one(let event): event
        case .many(let events): events[index]
        }
    }
}

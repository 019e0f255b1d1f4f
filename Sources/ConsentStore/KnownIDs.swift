import Consent

/// Ids of events by the events' numbers, from a snapshot's people to its events, which name most of them again.
///
/// An aid and no register: where two numbers fall on one place the later stays, and the other's id is made a second time.
struct KnownIDs {
    /// As many as a power of two, or none.
    private var places: [Place] = []

    private struct Place {
        /// Zero where there is none, as no event has that number.
        var event = SequenceNumber(0)
        var id = ""
    }

    /// The most places there are: 48 MiB, until the history has been read.
    private static let placesMax = 1 << 21

    /// Remembers an event's id.
    mutating func add(_ id: String, of event: SequenceNumber) {
        while isCrowded(for: event) { grow() }
        places[place(of: event)] = Place(event: event, id: id)
    }

    /// Gives an event's id, as far as it is known, for the last time.
    mutating func take(_ event: SequenceNumber) -> String? {
        guard !places.isEmpty, event.rawValue != 0, places[place(of: event)].event == event else { return nil }
        var taken = Place()
        swap(&taken, &places[place(of: event)])
        return taken.id
    }

    private func place(of event: SequenceNumber) -> Int {
        Int(truncatingIfNeeded: event.rawValue) & (places.count - 1)
    }

    /// Whether another event has the place and there may be more of them.
    private func isCrowded(for event: SequenceNumber) -> Bool {
        guard !places.isEmpty else { return true }
        let other = places[place(of: event)].event
        return other.rawValue != 0 && other != event && places.count < Self.placesMax
    }

    private mutating func grow() {
        let former = places
        places = [Place](repeating: Place(), count: max(1_024, 2 * former.count))
        for known in former where known.event.rawValue != 0 { places[place(of: known.event)] = known }
    }
}

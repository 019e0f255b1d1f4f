import Consent

/// The events of the demo, the same for the same seed, in the order in which they are published.
struct DemoEvents {
    let people: [DemoPerson]
    /// May hold one event several times: the platform delivers at least once.
    private(set) var publications: [DemoEvent] = []
    private(set) var tieCount = 0
    private(set) var duplicateCount = 0

    private var generator: SeededGenerator
    private var latest: [Int: DemoEvent] = [:]

    init(count: Int, seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        people = DemoPerson.make(max(3, count * 2 / 5), using: &generator)
        while publications.count < count { publications.append(nextPublication()) }
    }

    /// Every event once.
    var distinct: [DemoEvent] {
        var seen: Set<String> = []
        return publications.filter { seen.insert($0.id).inserted }
    }

    /// 2025-01-01 in milliseconds since 1970.
    static let yearStart: Int64 = 1_735_689_600_000

    private mutating func nextPublication() -> DemoEvent {
        if generator.happens(percent: 4), let again = publications.randomElement(using: &generator) {
            duplicateCount += 1
            return again
        }
        let person = generator.number(below: people.count)
        if generator.happens(percent: 8), let earlier = latest[person], let tie = tie(with: earlier) {
            tieCount += 1
            return tie
        }
        var event = DemoEvent(id: makeID(), createdAt: makeMoment(), person: person)
        event.isPending = generator.happens(percent: 3)
        if generator.happens(percent: 3) { event.regulation = "cpra" }
        if generator.happens(percent: 3) {
            event.purposes = ["profiling": generator.happens(percent: 50), "cookies": nil]
        } else {
            choose(&event)
        }
        latest[person] = event
        return event
    }

    /// The same moment with the opposite choices, as two devices may send it.
    private mutating func tie(with earlier: DemoEvent) -> DemoEvent? {
        guard earlier.purposes.values.contains(where: { $0 != nil }) else { return nil }
        var event = earlier
        event.id = makeID()
        event.purposes = earlier.purposes.mapValues { $0.map { !$0 } }
        return event
    }

    private mutating func choose(_ event: inout DemoEvent) {
        let purposes = [
            (DemoSetup.newsletter, 70), (DemoSetup.marketing, 45), (DemoSetup.phone, 45), ("profiling", 20),
        ]
        for (purpose, percent) in purposes where generator.happens(percent: percent) {
            event.purposes[purpose] = .some(generator.happens(percent: 10) ? nil : generator.happens(percent: 55))
        }
        if generator.happens(percent: 40) {
            let chosen = DemoSetup.topicValues.map(\.id).filter { _ in generator.happens(percent: 40) }
            event.preferences[DemoSetup.topics] = chosen
        }
        if generator.happens(percent: 35) {
            let frequency = DemoSetup.frequencies[generator.number(below: DemoSetup.frequencies.count)]
            event.preferences[DemoSetup.frequency] = generator.happens(percent: 15) ? [] : [frequency]
        }
    }

    /// Hours out of order: devices are offline, and imports bring old events.
    private mutating func makeMoment() -> Int64 {
        let start = Self.yearStart + 60 * 86_400_000
        return start + Int64(publications.count) * 37_000 + Int64(generator.number(below: 43_200_000))
    }

    private mutating func makeID() -> String {
        let digits = String(generator.next(), radix: 16)
        let padded = Array(String(repeating: "0", count: 16 - digits.count) + digits)
        return "5d0e7f0e-2f5a-\(String(padded[0..<4]))-9b1e-\(String(padded[4..<16]))"
    }
}

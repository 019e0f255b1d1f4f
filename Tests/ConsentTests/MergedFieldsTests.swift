import Consent
import Testing

/// Which choice wins: the same one in any order of arrival, with any repetition.
@Suite struct MergedFieldsTests {
    struct Arrival: Hashable {
        var number: SequenceNumber
        var eventID: String
        var createdAt: Timestamp
        var captured: [CapturedChoice]
    }

    /// Events of one person that often share a moment, so that ties are common.
    static func history(_ generator: inout SeededGenerator) -> [Arrival] {
        let choices: [Choice] = [.granted, .denied, .cleared, .text("a"), .text("b"), .list(["a", "b"])]
        return (1...Int.random(in: 2...9, using: &generator)).map { number in
            let sources = (0..<4).filter { _ in Bool.random(using: &generator) }
            return Arrival(
                number: SequenceNumber(UInt64(number)),
                eventID: ["e", "é", "E", ""].randomElement(using: &generator).map { "\($0)\(number)" } ?? "",
                createdAt: Timestamp(milliseconds: .random(in: 0...2, using: &generator)),
                captured: sources.map { source in
                    CapturedChoice(
                        source: UInt16(source),
                        choice: choices.randomElement(using: &generator) ?? .granted,
                        isCompanion: source == 3
                    )
                }
            )
        }
    }

    static func merge(_ arrivals: some Sequence<Arrival>) -> MergedFields {
        var fields = MergedFields()
        for arrival in arrivals { fields.add(arrival) }
        return fields
    }

    /// What stands, whatever order it came in.
    static func standing(_ fields: MergedFields) -> Set<MergedFields.StandingChoice> {
        Set(fields.standing)
    }

    static let seeds: [UInt64] = [UInt64.random(in: 0 ... .max), 1, 2, 3]

    @Test(arguments: seeds)
    func anyOrderAndAnyRepetitionEndInTheSameChoices(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            let history = Self.history(&generator)
            let expected = Self.standing(Self.merge(history))
            var shuffled =
                history + history.shuffled(using: &generator).prefix(Int.random(in: 0...9, using: &generator))
            shuffled.shuffle(using: &generator)
            guard Self.standing(Self.merge(shuffled)) == expected else {
                Issue.record(
                    "round \(round) of seed \(seed): \(history) in the order \(shuffled.map(\.number.rawValue))"
                )
                return
            }
        }
    }

    /// The rule spelled out independently: the greatest of (moment, restrictive, id bytes) for each source.
    @Test(arguments: seeds)
    func theWinnerIsTheGreatestByMomentThenRestrictionThenID(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let history = Self.history(&generator)
            let fields = Self.merge(history)
            for source in UInt16(0)..<4 {
                let ranked = history.flatMap { arrival in
                    arrival.captured.filter { $0.source == source }.map { (arrival, $0.choice) }
                }
                .sorted { one, other in
                    if one.0.createdAt != other.0.createdAt { return one.0.createdAt < other.0.createdAt }
                    let restrictions = [one.1, other.1].map { [.denied, .cleared].contains($0) ? 1 : 0 }
                    if restrictions[0] != restrictions[1] { return restrictions[0] < restrictions[1] }
                    return Array(one.0.eventID.utf8).lexicographicallyPrecedes(Array(other.0.eventID.utf8))
                }
                #expect(fields.choice(for: source)?.event == ranked.last?.0.number, "seed \(seed)")
                #expect(fields.choice(for: source)?.captured.choice == ranked.last?.1, "seed \(seed)")
            }
        }
    }

    @Test(arguments: seeds)
    func everyEventStandsOrWasDisplacedOrLostAtOnce(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let history = Self.history(&generator)
            var fields = MergedFields()
            var displaced: [SequenceNumber] = []
            for arrival in history {
                let before = fields.standing.count
                let losers = fields.add(arrival)
                let won = fields.standing.count { $0.event == arrival.number }
                #expect(won == fields.standing.count - before + losers.count)
                #expect(!losers.contains(arrival.number))
                displaced += losers
            }
            let all = history.flatMap { arrival in arrival.captured.map { _ in arrival.number } }
            #expect(fields.standing.count + displaced.count <= all.count)
        }
    }

    // MARK: The rule by example

    static func fields(_ arrivals: (id: String, at: Int64, choice: Choice)...) -> MergedFields {
        merge(
            arrivals.enumerated().map { index, arrival in
                Arrival(
                    number: SequenceNumber(UInt64(index + 1)),
                    eventID: arrival.id,
                    createdAt: Timestamp(milliseconds: arrival.at),
                    captured: [CapturedChoice(source: 0, choice: arrival.choice)]
                )
            }
        )
    }

    @Test func theGreaterMomentWinsEvenAgainstADenial() {
        #expect(Self.fields(("z", 1, .denied), ("a", 2, .granted)).choice(for: 0)?.captured.choice == .granted)
        #expect(Self.fields(("a", 2, .granted), ("z", 1, .denied)).choice(for: 0)?.captured.choice == .granted)
    }

    @Test(arguments: [Choice.denied, .cleared])
    func aTieGoesToTheRestrictiveChoice(restrictive: Choice) {
        #expect(Self.fields(("a", 1, restrictive), ("z", 1, .granted)).choice(for: 0)?.captured.choice == restrictive)
        #expect(Self.fields(("z", 1, .granted), ("a", 1, restrictive)).choice(for: 0)?.captured.choice == restrictive)
        #expect(Self.fields(("z", 1, .text("x")), ("a", 1, restrictive)).choice(for: 0)?.captured.choice == restrictive)
    }

    @Test func aTieOfEqualRestrictionGoesToTheGreaterID() {
        #expect(Self.fields(("a", 1, .text("1")), ("b", 1, .text("2"))).choice(for: 0)?.captured.choice == .text("2"))
        #expect(Self.fields(("b", 1, .text("2")), ("a", 1, .text("1"))).choice(for: 0)?.captured.choice == .text("2"))
        #expect(Self.fields(("a", 1, .denied), ("b", 1, .cleared)).choice(for: 0)?.captured.choice == .cleared)
        // By bytes: upper case before lower case, and shorter before longer.
        #expect(Self.fields(("a", 1, .text("1")), ("B", 1, .text("2"))).choice(for: 0)?.captured.choice == .text("1"))
        #expect(Self.fields(("a", 1, .text("1")), ("aa", 1, .text("2"))).choice(for: 0)?.captured.choice == .text("2"))
    }

    @Test func sourcesAreIndependent() {
        var fields = MergedFields()
        let first = CapturedChoice(source: 0, choice: .granted)
        let second = CapturedChoice(source: 1, choice: .denied)
        let one = SequenceNumber(1)
        let two = SequenceNumber(2)
        _ = fields.merge([first, second], of: one, eventID: "a", createdAt: Timestamp(milliseconds: 1))
        let losers = fields.merge([first], of: two, eventID: "b", createdAt: Timestamp(milliseconds: 2))
        #expect(losers == [one])
        #expect(fields.isStanding(one))
        #expect(fields.choice(for: 0)?.event == two)
        #expect(fields.choice(for: 1)?.event == one)
    }

    @Test func aCompanionAloneKeepsNoEventStanding() {
        var fields = MergedFields()
        let companion = CapturedChoice(source: 7, choice: .text("x"), isCompanion: true)
        _ = fields.merge([companion], of: SequenceNumber(1), eventID: "a", createdAt: Timestamp(milliseconds: 1))
        #expect(!fields.isStanding(SequenceNumber(1)))
    }

    @Test func theRuleNamesWhatSetTheWinnerApartFromItsClosestRival() {
        #expect(Self.fields(("a", 1, .granted)).choice(for: 0)?.rule == .only)
        #expect(Self.fields(("a", 1, .granted), ("a", 1, .granted)).choice(for: 0)?.rule == .only)
        #expect(Self.fields(("a", 1, .granted), ("b", 2, .granted)).choice(for: 0)?.rule == .newest)
        #expect(Self.fields(("b", 2, .granted), ("a", 1, .granted)).choice(for: 0)?.rule == .newest)
        #expect(Self.fields(("z", 1, .granted), ("a", 1, .denied)).choice(for: 0)?.rule == .tieDenied)
        #expect(
            Self.fields(("a", 1, .denied), ("z", 1, .granted), ("b", 0, .denied)).choice(for: 0)?.rule == .tieDenied
        )
        #expect(
            Self.fields(("b", 1, .denied), ("a", 1, .denied), ("z", 1, .granted)).choice(for: 0)?.rule == .tieEventID
        )
        // A tie below the winner says nothing about the winner.
        #expect(Self.fields(("a", 1, .denied), ("b", 1, .denied), ("c", 2, .denied)).choice(for: 0)?.rule == .newest)
    }

    @Test func onlyTheDeliveredEventsChoicesAreMarked() {
        var fields = Self.fields(("a", 1, .granted))
        fields.end(SequenceNumber(2), as: .delivered, at: Timestamp(milliseconds: 7))
        #expect(fields.choice(for: 0)?.isDelivered == false)
        fields.end(SequenceNumber(1), as: .delivered, at: Timestamp(milliseconds: 7))
        #expect(fields.choice(for: 0)?.isDelivered == true)
    }
}

extension MergedFields {
    @discardableResult
    fileprivate mutating func add(_ arrival: MergedFieldsTests.Arrival) -> [SequenceNumber] {
        Array(merge(arrival.captured, of: arrival.number, eventID: arrival.eventID, createdAt: arrival.createdAt))
    }
}

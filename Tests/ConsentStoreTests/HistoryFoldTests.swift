import ChildProcesses
import Consent
import Journal
import SystemPackage
import TestSupport
import Testing

@testable import ConsentStore

/// A history is folded beside its reading; what cannot be folded is refused all the same, before anything is written.
@Suite(.timeLimit(.minutes(1))) struct HistoryFoldTests {
    @Test(arguments: [1, HistoryFold.runLength, 50 * HistoryFold.runLength])
    func aRecordThatDoesNotFitIsRefusedByItsNumber(_ before: Int) throws {
        let place = try TemporaryDirectory(prefix: "fold-tests")
        let path = FilePath(place.file("journal"))
        var options = JournalOptions()
        options.freeBytesMin = 0
        options.preparation = .never
        let (journal, _) = try Journal.open(path, options: options, replay: Replay(log: { _, _, _ in }))
        var log = GroupCommit(journal: journal)
        let at = Timestamp(milliseconds: 0)
        for _ in 0..<before { try append(.erasuresCompleted(through: SequenceNumber(0), at: at), to: &log) }
        for _ in 0..<10 { try append(.condition(.running, of: ConfigurationID(ordinal: 7), at: at), to: &log) }
        try log.commit()
        try log.close()

        let files = try TestFile.names(in: place.file("journal"))
        let refusal = JournalError.refused(.init(rawValue: UInt64(before) + 1), reason: "inconsistent")
        #expect(throws: refusal) {
            try RecoveredState.open(path, options: options, limits: StoreLimits())
        }
        #expect(try TestFile.names(in: place.file("journal")) == files)
    }

    private func append(_ record: Record, to log: inout GroupCommit) throws {
        if log.recordCount == 4_000 { try log.commit() }
        _ = try log.append(record)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aSmallListIsLikeAnArray(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var list = EventList.none
        var model: [Consent.SequenceNumber] = []
        for step in 0..<2_000 {
            let event = SequenceNumber(UInt64.random(in: 1...6, using: &random))
            if Bool.random(using: &random) {
                if !model.contains(event) {
                    list.insert(event)
                    model = (model + [event]).sorted()
                }
            } else {
                list.remove(event)
                model.removeAll { $0 == event }
            }
            #expect(Array(list) == model, "step \(step)")
        }
        var entries: SmallList<Int> = [1, 2]
        entries.append(3)
        for place in entries.indices { entries[place] *= 10 }
        #expect(Array(entries) == [10, 20, 30])
    }

    @Test func equalChoicesShareTheirMemoryAndOthersKeepTheirs() {
        var known = SharedChoices()
        let choices: [Choice] = [.granted, .denied, .cleared, .text("own words"), .list(["a", "b"])]
        for _ in 0..<2 {
            for source in 0..<400 {
                for choice in choices {
                    let list = [CapturedChoice(source: UInt16(source), choice: choice)]
                    #expect(known.shared(list) == list)
                }
            }
        }
        let first = known.shared([CapturedChoice(source: 1, choice: .granted)])
        let second = known.shared([CapturedChoice(source: 1, choice: .granted)])
        #expect(address(of: first) == address(of: second))
        #expect(address(of: first) != address(of: [CapturedChoice(source: 1, choice: .granted)]))
    }

    @Test func anIDIsKnownUntilItIsTakenOrAnotherHasItsPlace() {
        var known = KnownIDs()
        #expect(known.take(SequenceNumber(0)) == nil)
        for number in 1...5_000 as ClosedRange<UInt64> { known.add("id-\(number)", of: SequenceNumber(number)) }
        // It falls on the place of 8 however many there are.
        let far = SequenceNumber(8 + 1 << 40)
        known.add("far", of: far)
        for number in 1...5_000 as ClosedRange<UInt64> where number != 8 {
            #expect(known.take(SequenceNumber(number)) == "id-\(number)")
            #expect(known.take(SequenceNumber(number)) == nil)
        }
        #expect(known.take(SequenceNumber(8)) == nil)
        #expect(known.take(far) == "far")
        #expect(known.take(SequenceNumber(.max)) == nil)
        #expect(known.take(SequenceNumber(0)) == nil)
    }

    @Test func anIDThatComesAgainIsInMemoryOnce() throws {
        var fold = try Fold(.test())
        let id = "an id that is too long to be kept without memory of its own"
        let event = try fold.publish(.test(id, at: 1, ["news": .granted]))
        let parts = fold.state.parts
        let history = HistoryFold(ConsentState(limits: fold.state.limits))
        try history.fold(parts)
        let state = history.takeState()
        #expect(state.parts == parts)
        let entry = try #require(state.events[event]?.id)
        let key = try #require(state.eventKeys[.id(id)]?.key.text)
        let standing = try #require(state.configurations[0].subjects[0].fields.standing.first?.eventID)
        #expect(entry == id)
        #expect(Set([entry, key, standing].map(address)).count == 1)
    }

    @Test func aDamagedRecordIsRefusedAndNeverReadAsItsNeighbours() throws {
        var fold = try Fold(.test())
        try fold.publish(.test("a", at: 1, ["news": .granted]))
        let parts = fold.state.parts
        for damaged in parts.indices {
            for length in 0..<parts[damaged].body.count {
                var history = parts
                history[damaged].body = Array(parts[damaged].body[..<length])
                let refusal = HistoryFold(ConsentState(limits: fold.state.limits))
                let error = #expect(throws: JournalError.self) { try refusal.fold(history) }
                guard case .refused(let number, _)? = error else {
                    Issue.record("part \(damaged) cut to \(length) bytes")
                    continue
                }
                #expect(number.rawValue == UInt64(damaged) + 1)
            }
        }
    }

    /// Whatever the threads are in the middle of, the first record that does not fit is the one that is told of.
    @Test(arguments: [0, 1, 700, 5_000])
    func ofTwoThatDoNotFitTheFirstIsTold(_ between: Int) throws {
        let fold = HistoryFold(ConsentState(limits: StoreLimits()))
        var feed = HistoryFeed(fold)
        defer { feed.stop() }
        var writer = ByteWriter()
        Record.condition(.running, of: ConfigurationID(ordinal: 7), at: Timestamp(milliseconds: 0)).encode(to: &writer)
        // The first cannot be applied, the second not even be read.
        let error = #expect(throws: JournalError.self) {
            try feed.add(1, kind: 4, writer.bytes, from: .log)
            for number in 0..<between { try feed.add(UInt64(number) + 2, kind: 4, writer.bytes, from: .log) }
            try feed.add(UInt64(between) + 2, kind: 0, [0], from: .log)
            try feed.finish()
        }
        #expect(error == .refused(.init(rawValue: 1), reason: "inconsistent"))
    }

    private func address(of text: String) -> UInt {
        unsafe text.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) } ?? 0
    }

    private func address(of choices: [CapturedChoice]) -> UInt {
        unsafe choices.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
}

extension HistoryFold {
    /// Folds the parts of a snapshot, numbered from 1.
    fileprivate func fold(_ parts: [EncodedPart]) throws {
        var feed = HistoryFeed(self)
        for (place, part) in parts.enumerated() {
            try feed.add(UInt64(place) + 1, kind: part.kind, part.body, from: .snapshot)
        }
        try feed.finish()
    }
}

extension HistoryFeed {
    /// Takes the next record.
    fileprivate mutating func add(
        _ number: UInt64,
        kind: UInt8,
        _ body: [UInt8],
        from source: HistoryRun.Source
    ) throws(JournalError) {
        // Safety: the bytes live for the call.
        try unsafe add(number, kind: kind, body.span.bytes, from: source)
    }
}

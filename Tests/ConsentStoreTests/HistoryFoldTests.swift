import ChildProcesses
import Consent
import Journal
import SystemPackage
import TestSupport
import Testing

@testable import ConsentStore

/// A history is folded beside its reading; what cannot be folded is refused all the same, before anything is written.
@Suite(.timeLimit(.minutes(1))) struct HistoryFoldTests {
    @Test(arguments: [1, HistoryFold.runLength, 5 * HistoryFold.runLength])
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

    private func address(of choices: [CapturedChoice]) -> UInt {
        unsafe choices.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
}

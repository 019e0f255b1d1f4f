import SystemPackage
import Testing

@testable import Journal

/// Every kind of damage to a small journal: refused, or without effect.
struct DamageTests {
    /// Three starts, one rotation, copies of last frames, and a mark that reaches the end.
    static let sample: (contents: [String: [UInt8]], history: History) = {
        let files = SimulatedFiles(seed: 42)
        var known = History()
        do {
            var options = JournalOptions.small
            options.firstFillBytes = 4_800
            for start in 0..<3 as Range<UInt8> {
                let (journal, _, _) = try Journal.open(journalPath, options, files)
                try journal.commit([[start, 1], [start, 2, 3]], to: &known)
                if start == 1 {
                    for index in 0..<5 as Range<UInt8> {
                        try journal.commit([[UInt8](repeating: index, count: 900)], to: &known)
                    }
                }
                try journal.commit([Array("last of \(start)".utf8)], to: &known)
                try journal.close()
            }
        } catch {
            preconditionFailure("the sample is written without faults: \(error)")
        }
        return (files.contents(of: journalPath), known)
    }()

    enum Outcome: Equatable {
        case whole
        case refused
        case torn
        case wrong
    }

    /// Every place in an optimized build; a debug build samples long runs of zeros.
    private static func isWorthTrying(_ offset: Int, in bytes: [UInt8]) -> Bool {
        #if DEBUG
        let near = max(0, offset - 8)..<min(bytes.count, offset + 8)
        return offset % 61 == 0 || bytes[near].contains { $0 != 0 }
        #else
        return true
        #endif
    }

    private func outcome(_ contents: [String: [UInt8]]) -> Outcome {
        do {
            var history = History()
            let reader = HistoryReader { name, limit throws(JournalError) in
                let bytes = contents[name] ?? []
                return limit.map { Array(bytes.prefix($0)) } ?? bytes
            }
            let report = try reader.load(names: Array(contents.keys), Replay { history.append($0, $1, $2) }).report
            if history == Self.sample.history { return .whole }
            let isPrefix = Self.sample.history.records.starts(with: history.records)
            return isPrefix && report.tornTail != nil ? .torn : .wrong
        } catch {
            return .refused
        }
    }

    @Test func theUndamagedSampleIsWhole() {
        #expect(outcome(Self.sample.contents) == .whole)
        #expect(Self.sample.contents.keys.filter { $0.hasSuffix(".wal") }.count == 4)
    }

    @Test(arguments: fileNames)
    func noSingleBitFlipIsSilent(name: String) throws {
        let original = try #require(Self.sample.contents[name])
        var counts: [Outcome: Int] = [:]
        for offset in original.indices where Self.isWorthTrying(offset, in: original) {
            // Padding is covered by one checksum, so one bit of each of its bytes stands for all.
            let isPadding = original[offset] == 0
            for bit in isPadding ? (offset % 8)..<(offset % 8 + 1) : 0..<8 {
                var contents = Self.sample.contents
                contents[name]?[offset] ^= 1 << UInt8(bit)
                counts[outcome(contents), default: 0] += 1
            }
        }
        #expect(counts[.wrong] == nil, "\(counts)")
        // With the mark in place not even the last frame may look torn.
        #expect(counts[.torn] == nil || name == "HWM", "\(counts)")
        #expect((counts[.refused] ?? 0) > 0 || name == "HWM", "\(counts)")
    }

    @Test(arguments: fileNames)
    func noTruncationIsSilent(name: String) throws {
        let original = try #require(Self.sample.contents[name])
        for length in original.indices where Self.isWorthTrying(length, in: original) {
            var contents = Self.sample.contents
            contents[name] = Array(original.prefix(length))
            let found = outcome(contents)
            if found != .refused && found != .whole {
                Issue.record("\(name) cut to \(length) bytes: \(found)")
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noZeroedBlockIsSilent(segment: UInt64) throws {
        let name = JournalName.segment(segment)
        let original = try #require(Self.sample.contents[name])
        for start in stride(from: 0, to: original.count, by: 64) {
            for length in [64, 512, 4_096] {
                var contents = Self.sample.contents
                for offset in start..<min(start + length, original.count) { contents[name]?[offset] = 0 }
                let found = outcome(contents)
                if found != .refused && found != .whole {
                    Issue.record("\(name) zeroed from \(start) for \(length): \(found)")
                }
            }
        }
    }

    @Test func withoutTheMarkADamagedLastFrameIsReportedAsTorn() throws {
        var contents = Self.sample.contents
        contents["HWM"] = nil
        let name = JournalName.segment(4)
        let last = try #require(contents[name]?.lastIndex { $0 != 0 })
        contents[name]?[last] ^= 1
        #expect(outcome(contents) == .torn)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aMissingSegmentIsRefused(segment: UInt64) {
        var contents = Self.sample.contents
        contents[JournalName.segment(segment)] = nil
        #expect(throws: JournalError.self) {
            try Journal.read(journalPath, SimulatedFiles.holding(contents, in: journalPath))
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aSegmentOfAnotherJournalIsRefused(segment: UInt64) throws {
        let other = SimulatedFiles(seed: 99)
        var history = History()
        for _ in 0..<4 { try Journal.open(journalPath, .small, other).journal.commit([[1]], to: &history) }
        var contents = Self.sample.contents
        let name = JournalName.segment(segment)
        contents[name] = other.contents(of: journalPath)[name]
        #expect(throws: JournalError.corrupt(Corruption(file: name, offset: 0, reason: .foreign))) {
            try Journal.read(journalPath, SimulatedFiles.holding(contents, in: journalPath))
        }
    }

    @Test func swappedSegmentsAreRefused() {
        var contents = Self.sample.contents
        let (first, second) = (JournalName.segment(2), JournalName.segment(3))
        (contents[first], contents[second]) = (contents[second], contents[first])
        #expect(throws: JournalError.corrupt(Corruption(file: first, offset: 0, reason: .misplaced))) {
            try Journal.read(journalPath, SimulatedFiles.holding(contents, in: journalPath))
        }
    }

    @Test func anOlderStateOfTheLastSegmentIsRefused() throws {
        let files = SimulatedFiles()
        var known = History()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        try journal.commit([[1]], to: &known)
        let old = files.contents(of: journalPath)[JournalName.segment(1)]
        try journal.commit([[2]], to: &known)
        try journal.close()
        var contents = files.contents(of: journalPath)
        contents[JournalName.segment(1)] = old
        let found = #expect(throws: JournalError.self) {
            try Journal.read(journalPath, SimulatedFiles.holding(contents, in: journalPath))
        }
        guard case .corrupt(let corruption) = found else {
            Issue.record("unexpected \(String(describing: found))")
            return
        }
        #expect(corruption.reason == .truncated)
        #expect(corruption.firstSequenceNumber?.rawValue == 2)
        #expect(corruption.lastSequenceNumber?.rawValue == 2)
    }

    @Test(
        "Promise 5: a start never begins empty where a journal was",
        arguments: ["MANIFEST", "everything but HWM", "everything but the quarantine"]
    )
    func nothingBeginsAnewWhereAJournalWas(missing: String) {
        var contents = Self.sample.contents
        switch missing {
        case "MANIFEST": contents["MANIFEST"] = nil
        case "everything but HWM": contents = contents.filter { $0.key == "HWM" }
        default: contents = ["quarantine": []]
        }
        let files = SimulatedFiles.holding(contents, in: journalPath)
        #expect(throws: JournalError.corrupt(Corruption(file: "MANIFEST", offset: 0, reason: .manifestMissing))) {
            try Journal.open(journalPath, .small, files)
        }
        #expect(files.contents(of: journalPath).filter { $0.key != "LOCK" } == contents.filter { $0.key != "LOCK" })
    }
}

/// The files of the sample.
private let fileNames = [JournalName.manifest, JournalName.highWaterMark] + (1...4).map(JournalName.segment)

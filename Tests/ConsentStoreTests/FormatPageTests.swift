import ChildProcesses
import Testing

@testable import ConsentStore

/// The page of the format and the code name the same kinds of records.
@Suite struct FormatPageTests {
    private static func page() throws -> String {
        // Tests/ConsentStoreTests/FormatPageTests.swift
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        return String(decoding: try TextFile.read(root + "/proto-docs/journal-format.md"), as: UTF8.self)
    }

    /// The numbers in the first column of the table below a heading.
    static func kinds(below heading: String, in page: String) -> [UInt8] {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == heading }) else { return [] }
        let section = lines[(start + 1)...].prefix { !$0.hasPrefix("#") }
        return section.filter { $0.hasPrefix("| ") }.compactMap { line in
            UInt8(line.split(separator: "|")[0].filter { $0 != " " })
        }
    }

    /// The kinds that a decoder knows, whatever it then says of an empty body.
    private static func known(_ decode: (UInt8) throws(RecordError) -> Void) -> [UInt8] {
        (0...UInt8.max).filter { kind in
            do throws(RecordError) {
                try decode(kind)
            } catch {
                return error != .unknownKind(kind)
            }
            return true
        }
    }

    @Test func everyKindInTheLogIsOnThePage() throws {
        let known = Self.known { (kind) throws(RecordError) in _ = try Record(kind: kind, body: []) }
        #expect(known.count == 12)
        #expect(Self.kinds(below: "### In the log", in: try Self.page()) == known)
    }

    @Test func everyKindInASnapshotIsOnThePage() throws {
        let known = Self.known { (kind) throws(RecordError) in _ = try StateRecord(kind: kind, body: []) }
        #expect(known.count == 9)
        #expect(Self.kinds(below: "### In a snapshot", in: try Self.page()) == known)
    }

    @Test func aKindThatIsMissingOnThePageIsFound() {
        let page = "### In the log\n\n| kind | name |\n|---:|---|\n| 1 | event |\n| 3 | other |\n\n### Next\n| 2 | x |"
        #expect(Self.kinds(below: "### In the log", in: page) == [1, 3])
    }
}

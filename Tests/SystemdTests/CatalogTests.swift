import ChildProcesses
import Testing

/// What the program logs and what the message catalog explains are the same.
@Suite struct CatalogTests {
    private static func text(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return String(decoding: try TextFile.read("/\(root)/\(path)"), as: UTF8.self)
    }

    @Test func everyKindOfEntryIsExplainedAndNothingElse() throws {
        let source = try Self.text("Sources/consentd/Log/EventKind.swift")
        let known = source.split(separator: "\n").compactMap { line -> Substring? in
            let parts = line.split(separator: "\"")
            return line.contains("case ") && parts.count == 2 ? parts[1] : nil
        }
        let catalog = try Self.text("systemd/consentd.catalog")
        let explained = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { $0.dropFirst(3) }
        #expect(known.count > 5 && known.sorted() == explained.sorted())
        #expect(known.allSatisfy { $0.count == 32 && Set(known).count == known.count })
    }
}

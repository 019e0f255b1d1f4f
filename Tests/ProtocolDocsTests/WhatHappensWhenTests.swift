import ChildProcesses
import TestSupport
import Testing

/// The table of failures names tests, and these exist.
@Suite struct WhatHappensWhenTests {
    private static var root: String {
        // Tests/ProtocolDocsTests/WhatHappensWhenTests.swift
        #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try TextFile.read(root + "/" + path), as: UTF8.self)
    }

    /// Where a table has no test in a row, or one that does not exist.
    static func faults(in page: String) throws -> [String] {
        var faults: [String] = []
        for row in page.split(separator: "\n") where row.hasPrefix("| ") && !row.hasPrefix("| when ") {
            let cells = row.split(separator: "|")
            let names = (cells.last ?? "").split(separator: "`").filter { $0.contains("Tests/") }
            if names.isEmpty { faults.append("no test: \(row)") }
            for name in names {
                let parts = name.split(separator: ".")
                let source = (try? text("Tests/\(parts[0]).swift")) ?? ""
                if parts.count != 2 || !source.contains("func \(parts[1])(") { faults.append("no such test: \(name)") }
            }
        }
        return faults
    }

    @Test func everyRowNamesTestsThatExist() throws {
        let page = try Self.text("proto-docs/what-happens-when.md")
        #expect(page.split(separator: "\n").count { $0.hasPrefix("| ") } > 30)
        #expect(try Self.faults(in: page) == [])
    }

    @Test func aRowWithoutATestOrWithAnotherIsFound() throws {
        let page = """
            | when | what is done | what is seen | test |
            |---|---|---|---|
            | one | two | three | four |
            | one | two | three | `ProtocolDocsTests/WhatHappensWhenTests.everyRowNamesTestsThatExist` |
            | one | two | three | `ProtocolDocsTests/WhatHappensWhenTests.nothingOfTheKind` |
            """
        #expect(try Self.faults(in: page).count == 2)
    }
}

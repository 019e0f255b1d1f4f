import ChildProcesses
import TestSupport
import Testing

/// A file of the protocol's documents, as lines.
struct DocumentFile: Sendable, CustomTestStringConvertible {
    /// The path below `proto-docs/`.
    let name: String

    var testDescription: String { name }

    /// The directory of the documents, found from this source file.
    static let directory = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/proto-docs"

    var path: String { Self.directory + "/" + name }

    func lines() throws -> [String] {
        try text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    func text() throws -> String {
        String(decoding: try TextFile.read(path), as: UTF8.self)
    }

    /// All files with this ending in a directory below `proto-docs/`, sorted.
    static func all(in subdirectory: String = "", ending: String) -> [DocumentFile] {
        let path = subdirectory.isEmpty ? directory : directory + "/" + subdirectory
        // Without the directory there is nothing to test, which the tests of the method pages report.
        let names = (try? TestFile.names(in: path)) ?? []
        return names.filter { $0.hasSuffix(ending) }
            .map { DocumentFile(name: subdirectory.isEmpty ? $0 : subdirectory + "/" + $0) }
    }

    /// The pages for people, method pages included.
    static let pages = all(ending: ".md") + methodPages
    static let methodPages = all(in: "methods", ending: ".md")
    static let transcripts = all(in: "transcripts", ending: ".txt")
}

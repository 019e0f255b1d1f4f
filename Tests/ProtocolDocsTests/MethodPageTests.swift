import ChildProcesses
import JSON
import TestSupport
import Testing

/// The pages and the daemon speak of the same methods and members.
@Suite(.timeLimit(.minutes(1)))
struct MethodPageTests {
    @Test(arguments: DocumentFile.methodPages)
    func pageHasAllItsParts(page: DocumentFile) throws {
        let text = try page.text()
        for title in ["## Parameters", "## Result", "## Errors", "## Example"] {
            #expect(text.contains("\n\(title)\n"), "\(page.name) lacks \(title)")
        }
    }

    @Test(arguments: DocumentFile.methodPages)
    func overviewLinksThePage(page: DocumentFile) throws {
        #expect(try DocumentFile(name: "README.md").text().contains("](\(page.name))"))
    }

    @Test(arguments: DocumentFile.methodPages)
    func everyMemberOfAnExampleIsDocumented(page: DocumentFile) throws {
        let documented = try Self.documentedNames([page.name, "objects.md", "errors.md", "limits.md"])
        for conversation in try Conversation.all(.transcript, in: page) {
            for case .output(let text) in conversation.steps.map(\.action) {
                let names = Self.memberNames(try JSONValue.parse(text))
                #expect(names.subtracting(documented) == [], "\(page.name) does not document these members")
            }
        }
    }

    @Test(arguments: DocumentFile.pages)
    func everyReasonIsExplained(page: DocumentFile) throws {
        let explained = try Self.documentedNames(["errors.md"])
        for conversation in try Conversation.all(.transcript, in: page) {
            for case .output(let text) in conversation.steps.map(\.action) {
                let answer = try JSONValue.parse(text)
                guard let reason = answer["error"]?["data"]?["reason"]?.stringValue else { continue }
                #expect(explained.contains(reason), "errors.md does not explain \(reason)")
            }
        }
    }

    @Test func everyReasonInTheSourcesIsExplained() throws {
        let explained = try Self.documentedNames(["errors.md"])
        var reasons: Set<String> = []
        for target in ["ConsentAPI", "ConsentService", "JSONRPC", "consentd"] {
            let directory = DocumentFile.directory + "/../Sources/" + target
            for name in try TestFile.names(in: directory) where name.hasSuffix(".swift") {
                let text = String(decoding: try TextFile.read("\(directory)/\(name)"), as: UTF8.self)
                for match in text.matches(of: /(?:reason: |case \w+ = )"([A-Z][A-Z_]+)"/) {
                    reasons.insert(String(match.1))
                }
            }
        }
        #expect(reasons.count >= 25)
        #expect(reasons.subtracting(explained) == [], "errors.md does not explain these reasons")
    }

    @Test func limitsPageHasTheNumbersOfTheDaemon() async throws {
        let daemon = try await DaemonProcess.start()
        let limits = try #require(try await daemon.result("rpc.serverInfo")["limits"]?.objectValue)
        let page = try DocumentFile(name: "limits.md").text()
        for (name, value) in limits {
            #expect(page.contains("| `\(name)` | \(value) |"), "limits.md lacks \(name) = \(value)")
        }
        #expect(limits.count >= 17)
    }

    @Test func aMissingMemberIsFound() throws {
        let names = Self.memberNames(try JSONValue.parse(#"{"result":{"undocumented":1,"fields":{"Any__c":true}}}"#))
        #expect(names == ["undocumented", "fields"])
        let documented = try Self.documentedNames(["objects.md"])
        #expect(documented.contains("fields") && !documented.contains("undocumented"))
    }

    /// The words that stand in code in the first column of a table.
    static func documentedNames(_ files: [String]) throws -> Set<String> {
        var names: Set<String> = []
        for file in files {
            for line in try DocumentFile(name: file).lines() where line.hasPrefix("| `") {
                let cell = line.dropFirst(2).prefix { $0 != "|" }
                names.formUnion(cell.split(separator: "`").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) })
            }
        }
        return names
    }

    /// Members whose own members are a caller's or the org's words.
    private static let openMembers: Set<String> = ["fields", "create_defaults", "values", "metadata"]

    /// The names of all members of the results and errors in an answer or a batch of them.
    static func memberNames(_ answer: JSONValue) -> Set<String> {
        if let answers = answer.arrayValue { return answers.reduce(into: []) { $0.formUnion(memberNames($1)) } }
        return collect(answer["result"] ?? answer["error"] ?? answer["params"] ?? .null)
    }

    private static func collect(_ value: JSONValue) -> Set<String> {
        var names: Set<String> = []
        for element in value.arrayValue ?? [] { names.formUnion(collect(element)) }
        for (name, member) in value.objectValue ?? [:] {
            if name != "…" { names.insert(name) }
            if !openMembers.contains(name) || member.arrayValue != nil { names.formUnion(collect(member)) }
        }
        return names
    }
}

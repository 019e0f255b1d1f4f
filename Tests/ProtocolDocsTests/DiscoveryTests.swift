import Glibc
import JSON
import TestSupport
import Testing

/// The pages, the OpenRPC document on disk and what a daemon says of itself are one.
@Suite(.timeLimit(.minutes(1)))
struct DiscoveryTests {
    private static func document() async throws -> JSONValue {
        let daemon = try await DaemonProcess.start()
        return try await daemon.publisher().result("rpc.discover")
    }

    @Test func everyMethodHasAPageAndEveryPageAMethod() async throws {
        let names = try await Self.methods().map { "methods/\($0.cell("name")).md" }
        #expect(Set(names).symmetricDifference(DocumentFile.methodPages.map(\.name)) == [])
        #expect(names.count >= 20)
    }

    @Test func everyParameterAndMemberIsDocumented() async throws {
        let document = try await Self.document()
        let shared = try MethodPageTests.documentedNames(["README.md", "objects.md", "errors.md", "limits.md"])
        for method in document["methods"]?.arrayValue ?? [] {
            let page = "methods/\(method.cell("name")).md"
            let documented = shared.union(try MethodPageTests.documentedNames([page]))
            let params = method["params"]?.arrayValue ?? []
            var names = Set(params.map { $0.cell("name") }).subtracting(["_meta"])
            names.formUnion(Self.members(of: method["result"]?["schema"] ?? .null, in: document))
            names.formUnion(Self.members(of: method["x-notification"]?["params"] ?? .null, in: document))
            #expect(names.subtracting(documented) == [], "\(page) does not document these")
        }
    }

    @Test func overviewTellsTheRightSocket() async throws {
        let overview = try DocumentFile(name: "README.md").text()
        for method in try await Self.methods() {
            let name = method.cell("name")
            let row = "| [`\(name)`](methods/\(name).md) | \(method.cell("x-access"))"
            #expect(overview.contains(row), "the overview lacks: \(row)")
        }
    }

    @Test func arraysAreTakenExactlyWhereAllParametersAreScalars() async throws {
        let scalars: Set<String> = ["string", "integer", "boolean"]
        for method in try await Self.methods() {
            let schemas = (method["params"]?.arrayValue ?? []).filter { $0["name"] != "_meta" }.map { $0["schema"] }
            let isScalar = schemas.allSatisfy { scalars.contains($0?["type"]?.stringValue ?? "") } && !schemas.isEmpty
            // An id may be of several types, which a schema says by leaving the type out.
            let expected = isScalar || method["name"] == "rpc.cancel" ? "either" : "by-name"
            #expect(method.cell("paramStructure") == expected, "\(method.cell("name"))")
        }
    }

    /// With `CONSENTD_RECORD=1` the file is written anew.
    @Test func documentOnDiskIsWhatADaemonAnswers() async throws {
        let file = DocumentFile(name: "openrpc.json")
        let document = try await Self.document()
        if unsafe getenv("CONSENTD_RECORD") != nil {
            try TestFile.write(Array("\(document)\n".utf8), to: file.path)
        }
        #expect(try JSONValue.parse(file.text()) == document, "write the file anew, after looking at what changed")
    }

    @Test func documentIsOpenRPC() async throws {
        #expect(OpenRPCRules(try await Self.document()).faults == [])
    }

    @Test func brokenDocumentsAreFound() {
        let good: JSONValue = [
            "openrpc": "1.2.6", "info": ["title": "t", "version": "1"],
            "methods": [["name": "m", "params": [], "result": ["name": "r", "schema": ["type": "string"]]]],
        ]
        #expect(OpenRPCRules(good).faults == [])
        let wrong: [JSONValue] = [
            ["openrpc": nullValue], ["info": ["title": nullValue]], ["more": 1],
            ["methods": [["name": "m", "params": []], ["name": "m", "params": []]]],
            ["methods": [["name": "m"]]], ["methods": [["name": "m", "params": [["name": "p"]]]]],
            ["methods": [["name": "m", "params": [], "paramStructure": "any"]]],
            ["methods": [["name": "m", "params": [], "result": ["name": "r", "schema": ["$ref": "#/nowhere"]]]]],
        ]
        for patch in wrong { #expect(OpenRPCRules(good.merging(patch: patch)).faults != [], "\(patch)") }
    }

    private var nullValue: JSONValue { .null }

    private static func methods() async throws -> [JSONValue] {
        try await document()["methods"]?.arrayValue ?? []
    }

    /// The names of all members that a schema knows, through its references.
    private static func members(of schema: JSONValue, in document: JSONValue) -> Set<String> {
        var names: Set<String> = []
        var waiting = [schema]
        var seen: Set<String> = []
        while let next = waiting.popLast() {
            if let reference = next["$ref"]?.stringValue {
                guard seen.insert(reference).inserted else { continue }
                waiting.append(OpenRPCRules.resolve(reference, in: document) ?? .null)
            }
            for (name, member) in next["properties"]?.objectValue ?? [:] {
                names.insert(name)
                waiting.append(member)
            }
            for part in ["items", "additionalProperties"] { waiting += next[part].map { [$0] } ?? [] }
            for part in ["anyOf", "oneOf", "allOf"] { waiting += next[part]?.arrayValue ?? [] }
        }
        return names
    }
}

extension JSONValue {
    /// A member that is text.
    fileprivate func cell(_ name: String) -> String { self[name]?.stringValue ?? "" }
}

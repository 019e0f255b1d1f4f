import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// The documents and the measurements in the judgement of tools that others wrote.
@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(if: Prerequisite.publicPython, "the public Python packages are not installed: see README's test command")
)
struct DocumentValidationTests {
    private let directory: TemporaryDirectory
    private let stage: Stage
    private let document: JSONValue

    init() async throws {
        directory = try TemporaryDirectory(prefix: "validation")
        stage = try await Stage.set(["leads", "ada"])
        document = try await stage.daemon.result("rpc.discover")
    }

    /// Runs the judge, and gives what it said and whether it found nothing wrong.
    private func judge(_ command: String, _ files: [String]) async throws -> (isGood: Bool, said: String) {
        let script = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/validate.py"
        let output = try TemporaryDirectory(prefix: "validation")
        let process = try ChildProcess(
            executable: Prerequisite.publicPythonPath,
            arguments: [script, command] + files,
            output: output.file("out"),
            errors: output.file("err")
        )
        let status = try await Patience.value("the judge ends", within: .seconds(60)) { process.poll() }
        let said = try [output.file("out"), output.file("err")].map {
            String(decoding: try TextFile.read($0), as: UTF8.self)
        }
        return (status == .exited(0), said.joined())
    }

    private func file(_ name: String, _ text: String) throws -> String {
        try TestFile.write(Array(text.utf8), to: directory.file(name))
        return directory.file(name)
    }

    @Test func documentIsOpenRPCAndEverySchemaIsOne() async throws {
        let (isGood, said) = try await judge("document", [try file("openrpc", document.description)])
        #expect(isGood && said.hasPrefix("22 methods, "), "\(said)")
    }

    /// The file `schema.json` of open-rpc/meta-schema, where somebody has it: no package that is at hand ships it.
    private static let metaSchema = unsafe getenv("CONSENTD_META_SCHEMA").map { unsafe String(cString: $0) }

    @Test(.enabled(if: metaSchema != nil, "CONSENTD_META_SCHEMA does not name the official meta-schema"))
    func documentIsValidByTheOfficialMetaSchema() async throws {
        let metaSchema = try #require(Self.metaSchema)
        let (isGood, said) = try await judge("document", [try file("openrpc", document.description), metaSchema])
        #expect(isGood && said.hasPrefix("22 methods, "), "\(said)")
        let broken = document.merging(patch: ["more": 1]).description
        #expect(!(try await judge("document", [try file("broken", broken), metaSchema])).isGood)
    }

    @Test func brokenDocumentsAreFound() async throws {
        let method: JSONValue = ["name": "m", "params": [], "result": ["name": "r", "schema": [:]]]
        let broken: [JSONValue] = [
            ["more": 1], ["openrpc": "2.0.0"], ["info": ["title": .null]],
            ["methods": [method.merging(patch: ["result": .null])]], ["methods": [method, method]],
            ["methods": [method.merging(patch: ["params": [["name": "p", "schema": ["type": "text"]]]])]],
            ["methods": [method.merging(patch: ["result": ["schema": ["$ref": "#/components/schemas/Nothing"]]])]],
        ]
        for patch in broken {
            let text = document.merging(patch: patch).description
            let (isGood, said) = try await judge("document", [try file("broken", text)])
            #expect(!isGood, "\(patch) passes: \(said)")
        }
    }

    @Test func everyExampleIsWhatTheDocumentPromises() async throws {
        let exchanges = try (DocumentFile.pages + DocumentFile.transcripts).flatMap { try Self.exchanges(in: $0) }
        #expect(exchanges.count >= 60)
        let lines = exchanges.map(\.description).joined(separator: "\n") + "\n"
        let openRPC = try file("openrpc", document.description)
        let (isGood, said) = try await judge("exchanges", [openRPC, try file("lines", lines)])
        #expect(isGood && said == "\(exchanges.count) values\n", "\(said)")

        for wrong in [
            ["method": "health.check", "part": "result", "value": ["state": "SERVING"]],
            ["method": "health.check", "part": "params", "value": ["servise": ""]],
            ["method": "health.watch", "part": "notification", "value": ["id": 1, "status": 7]],
        ] as [JSONValue] {
            #expect(!(try await judge("exchanges", [openRPC, try file("wrong", "\(wrong)\n")])).isGood, "\(wrong)")
        }
    }

    @Test func measurementsAreOpenMetrics() async throws {
        let result = try await stage.daemon.result("metrics.read")
        let text = try #require(result["text"]?.stringValue)
        let (isGood, said) = try await judge("metrics", [try file("metrics", text)])
        let count = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.count
        #expect(isGood && count >= 15 && said.hasPrefix("\(count) families, "), "\(said)")
        let odd = text.replacing(/\nconsentd_connections \d+\n/, with: "\nx y z\n")
        #expect(odd != text)
        for wrong in [
            odd, text.replacing("# EOF\n", with: ""), text.replacing("_total", with: ""),
            text.replacing("le=\"+Inf\"", with: "le=\"Inf\""),
        ] { #expect(!(try await judge("metrics", [try file("wrong", wrong)])).isGood) }
    }

    /// The parameters and results of a page's calls, and the notifications between.
    private static func exchanges(in file: DocumentFile) throws -> [JSONValue] {
        let conversations =
            file.name.hasSuffix(".txt")
            ? [try Conversation.transcript(file)] : try Conversation.all(.transcript, in: file)
        var exchanges: [JSONValue] = []
        for conversation in conversations {
            var calls: [String: JSONValue] = [:]
            for step in conversation.steps {
                switch step.action {
                case .input(let text):
                    // A request that is spread over lines, or broken on purpose, tells nothing here.
                    guard let call = try? JSONValue.parse(text), let id = call["id"] else { continue }
                    calls[id.description] = call
                case .output(let text):
                    let answer = try JSONValue.parse(text)
                    let id = answer["id"] ?? answer["params"]?["id"] ?? .null
                    guard let call = calls[id.description] else { continue }
                    let part = answer["method"] == nil ? "result" : "notification"
                    guard let value = answer["result"] ?? answer["params"] else { continue }
                    exchanges.append(["method": call["method"] ?? .null, "part": .string(part), "value": value])
                    guard let params = call["params"], params.objectValue != nil else { continue }
                    exchanges.append(["method": call["method"] ?? .null, "part": "params", "value": params])
                default: continue
                }
            }
        }
        return exchanges
    }
}

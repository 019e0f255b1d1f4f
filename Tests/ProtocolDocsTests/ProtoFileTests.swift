import JSON
import TestSupport
import Testing

/// The description for readers who think in gRPC has exactly the daemon's methods, parameters and members.
@Suite(.timeLimit(.minutes(1)))
struct ProtoFileTests {
    /// What a `.proto` file declares.
    private struct File {
        var methods: [String: (request: String, response: String)] = [:]
        var messages: [String: [Field]] = [:]

        struct Field {
            var type: String
            var name: String
            /// Marked as one that is never sent to the daemon.
            var isOutput: Bool

            /// Whether its own members are a caller's words, or numbers by names.
            var isOpen: Bool { type.hasPrefix("map") || type.hasPrefix("google.protobuf") }
        }

        init(_ lines: [String]) {
            var service = ""
            var path: [String] = []
            for line in lines {
                let text = line.prefix { $0 != "/" }
                if let match = text.firstMatch(of: /^service (\w+) \{/) {
                    service = match.1 == "Consent" ? "" : "\(match.1)."
                } else if let match = text.firstMatch(of: /rpc (\w+)\(([\w.]+)\) returns \((?:stream )?([\w.]+)\)/) {
                    methods[service + match.1] = (String(match.2), String(match.3))
                } else if let match = text.firstMatch(of: /message (\w+) \{/) {
                    path.append(String(match.1))
                    messages[path.joined(separator: ".")] = []
                    if text.contains("}") { path.removeLast() }
                } else if text.contains("}") {
                    _ = path.popLast()
                } else if let match = text.firstMatch(of: /([\w.]+(?:<.*>)?) (\w+) = \d+;/), !path.isEmpty {
                    let isOutput = line.contains("// output")
                    messages[path.joined(separator: "."), default: []].append(
                        Field(type: String(match.1), name: String(match.2), isOutput: isOutput)
                    )
                }
            }
        }

        /// The names in a message and in all that it holds.
        func members(_ name: String) -> Set<String> {
            var names: Set<String> = []
            for field in messages[name] ?? [] {
                names.insert(field.name)
                for inner in [name + "." + field.type, parent(of: name) + field.type, field.type]
                where messages[inner] != nil {
                    names.formUnion(members(inner))
                    break
                }
            }
            return names
        }

        private func parent(of name: String) -> String {
            name.lastIndex(of: ".").map { String(name[...$0]) } ?? ""
        }

        var openMembers: Set<String> { Set(messages.values.joined().filter(\.isOpen).map(\.name)) }
    }

    private static func file() throws -> File { File(try DocumentFile(name: "consentd.proto").lines()) }

    private static func document() async throws -> JSONValue {
        let daemon = try await DaemonProcess.start()
        return try await daemon.publisher().result("rpc.discover")
    }

    @Test func everyMethodIsThereAndNoOther() async throws {
        let names = try await Self.document()["methods"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        let declared = Set(try Self.file().methods.keys)
        #expect(declared == Set(names) && names.count >= 22)
    }

    @Test func everyParameterAndMemberIsThereAndNoOther() async throws {
        let file = try Self.file()
        let document = try await Self.document()
        for method in document["methods"]?.arrayValue ?? [] {
            let name = method["name"]?.stringValue ?? ""
            let declared = try #require(file.methods[name])
            let params = Set((method["params"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
            let inputs = Set((file.messages[declared.request] ?? []).filter { !$0.isOutput }.map(\.name))
            #expect(inputs == params.subtracting(["_meta"]), "parameters of \(name)")

            // The document describes itself by the specification, and a stream by its notifications.
            guard name != "rpc.discover" else { continue }
            let schema = method["x-notification"]?["params"] ?? method["result"]?["schema"] ?? .null
            var members = Self.members(of: schema, in: document, except: file.openMembers)
            // In gRPC a stream belongs to its call, which here an id says.
            if method["x-notification"] != nil { members.remove("id") }
            let known = file.members(declared.response)
            #expect(known.isSuperset(of: members), "\(name) lacks \(members.subtracting(known))")
            // A configuration's secret goes in and never comes out.
            let extra = known.subtracting(members).subtracting(["client_secret"])
            #expect(extra.isEmpty, "\(name) has \(extra) too many")
        }
    }

    @Test func whatACallSaysOfItselfIsThere() async throws {
        let meta = try await Self.document()["components"]?["schemas"]?["CallMetadata"]?["properties"]?.objectValue
        let names = Set(meta?.names ?? [])
        let declared = try Self.file().members("Meta")
        #expect(declared == names && names.count == 3)
    }

    @Test func declarationsAreRead() {
        let file = File([
            "message A {", "  string b = 1;   // output", "  repeated C e = 2;", "  map<string, D> m = 3;",
            "  message C {", "    uint64 d = 1;", "  }", "}", "message D { }",
        ])
        #expect(file.members("A") == ["b", "e", "m", "d"] && file.members("A.C") == ["d"] && file.openMembers == ["m"])
        #expect(file.messages["A"]?.map(\.isOutput) == [true, false, false] && file.messages["D"]?.isEmpty == true)
    }

    /// The names of all members that a schema knows, through its references.
    private static func members(
        of schema: JSONValue,
        in document: JSONValue,
        except open: Set<String>
    ) -> Set<String> {
        var names: Set<String> = []
        var waiting = [schema]
        while let next = waiting.popLast() {
            if let reference = next["$ref"]?.stringValue {
                waiting.append(OpenRPCRules.resolve(reference, in: document) ?? .null)
            }
            for (name, member) in next["properties"]?.objectValue ?? [:] {
                names.insert(name)
                // The same name may stand for an array of messages elsewhere.
                let isOpen = open.contains(name) && member["items"] == nil && member["$ref"] == nil
                if !isOpen { waiting.append(member) }
            }
            if let items = next["items"] { waiting.append(items) }
        }
        return names
    }
}

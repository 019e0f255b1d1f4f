import JSON

/// The rules of the OpenRPC specification, 1.2, as far as a document without links, examples and tags can break them.
struct OpenRPCRules {
    private(set) var faults: [String] = []

    init(_ document: JSONValue) {
        check(document, "document", required: ["openrpc", "info", "methods"], optional: Self.documentMembers)
        check(document["info"] ?? .null, "info", required: ["title", "version"], optional: Self.infoMembers)
        if document["openrpc"]?.stringValue?.hasPrefix("1.") != true { faults.append("openrpc is no version") }
        var names: Set<String> = []
        for method in document["methods"]?.arrayValue ?? [] {
            let name = method["name"]?.stringValue ?? ""
            if !names.insert(name).inserted { faults.append("there are two methods \(name)") }
            checkMethod(method, name)
        }
        checkReferences(document, in: document)
    }

    private static let documentMembers: Set<String> = ["components", "externalDocs", "servers"]
    private static let infoMembers: Set<String> = ["contact", "description", "license", "termsOfService"]
    private static let methodMembers: Set<String> = [
        "deprecated", "description", "errors", "examples", "externalDocs", "links", "paramStructure", "result",
        "servers", "summary", "tags",
    ]
    private static let descriptorMembers: Set<String> = ["deprecated", "description", "required", "summary"]
    private static let structures: Set<String> = ["by-name", "by-position", "either"]

    private mutating func checkMethod(_ method: JSONValue, _ name: String) {
        check(method, name, required: ["name", "params"], optional: Self.methodMembers)
        if let structure = method["paramStructure"], !Self.structures.contains(structure.stringValue ?? "") {
            faults.append("\(name).paramStructure is \(structure)")
        }
        var names: Set<String> = []
        for param in method["params"]?.arrayValue ?? [] {
            checkDescriptor(param, name + ".params")
            if !names.insert(param["name"]?.stringValue ?? "").inserted {
                faults.append("\(name) has a parameter twice")
            }
        }
        if let result = method["result"] { checkDescriptor(result, name + ".result") }
    }

    private mutating func checkDescriptor(_ descriptor: JSONValue, _ place: String) {
        if descriptor["$ref"] != nil { return }
        check(descriptor, place, required: ["name", "schema"], optional: Self.descriptorMembers)
        if let required = descriptor["required"], required.boolValue == nil {
            faults.append("\(place).required is no boolean")
        }
    }

    private mutating func check(_ value: JSONValue, _ place: String, required: [String], optional: Set<String>) {
        guard let object = value.objectValue else { return faults.append("\(place) is no object") }
        for name in required where object[name] == nil { faults.append("\(place) lacks \(name)") }
        let unknown = object.names.filter { !required.contains($0) && !optional.contains($0) && !$0.hasPrefix("x-") }
        for name in unknown { faults.append("\(place) has an unknown member \(name)") }
    }

    private mutating func checkReferences(_ value: JSONValue, in document: JSONValue) {
        if let reference = value["$ref"]?.stringValue, Self.resolve(reference, in: document) == nil {
            faults.append("\(reference) leads nowhere")
        }
        for element in value.arrayValue ?? [] { checkReferences(element, in: document) }
        for (_, member) in value.objectValue ?? [:] { checkReferences(member, in: document) }
    }

    /// What a reference inside of the document leads to.
    static func resolve(_ reference: String, in document: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(Optional(document)) { $0?[String($1)] }
    }
}

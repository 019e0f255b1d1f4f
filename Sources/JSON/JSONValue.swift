/// A JSON value that stands on its own, for the paths where convenience counts more than allocations.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A number as it was written, so that no digit is lost.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Copies a value out of a document; of two members with one name the later value stays.
    package init(_ document: borrowing JSONDocument, _ node: JSONNode) {
        switch document.kind(node) {
        case .null:
            self = .null
        case .bool:
            self = .bool(document.bool(node) ?? false)
        case .number:
            self = .number(document.numberText(node) ?? "0")
        case .string:
            self = .string(document.string(node) ?? "")
        case .array:
            var elements: [JSONValue] = []
            var next = document.firstElement(of: node)
            while let element = next {
                elements.append(JSONValue(document, element))
                next = document.element(after: element)
            }
            self = .array(elements)
        case .object:
            var members: [(String, JSONValue)] = []
            var next = document.firstMember(of: node)
            while let name = next {
                members.append((document.string(name) ?? "", JSONValue(document, document.value(ofMember: name))))
                next = document.member(after: name)
            }
            self = .object(JSONObject(members))
        }
    }

    /// Reads one JSON text.
    package static func parse(
        _ bytes: [UInt8],
        messageBytesMax: Int = 1 << 28 - 1,
        nestingMax: Int = 512
    ) throws(JSONScanError) -> JSONValue {
        let document = try JSONDocument(bytes, messageBytesMax: messageBytesMax, nestingMax: nestingMax)
        return JSONValue(document, document.root)
    }

    /// Reads one JSON text.
    package static func parse(_ text: String) throws(JSONScanError) -> JSONValue {
        try parse(Array(text.utf8))
    }

    /// A number.
    package static func int(_ value: Int) -> JSONValue { .number(String(value)) }

    /// A number; null where it is not finite.
    package static func double(_ value: Double) -> JSONValue {
        var writer = JSONWriter()
        writer.double(value)
        return value.isFinite ? .number(String(decoding: writer.bytes, as: UTF8.self)) : .null
    }
}

// MARK: Access

extension JSONValue {
    /// The value of a member; setting nil takes the member away, and on anything but an object a member makes one.
    package subscript(name: String) -> JSONValue? {
        get { objectValue?[name] }
        set {
            var object = objectValue ?? JSONObject()
            // Not while `self` holds a second reference to the members.
            self = .null
            object[name] = newValue
            self = .object(object)
        }
    }

    /// The element at an index, nil where there is none.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// True for `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value, nil for any other value.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The text, nil for any other value.
    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, nil for any other value.
    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, nil for any other value.
    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The number as an integer, nil where it is none or does not fit.
    package var intValue: Int? {
        guard case .number(let text) = self, let value = JSONDecimal(text)?.int64 else { return nil }
        return Int(value)
    }

    /// The number as a `Double`, nil where it is none.
    package var doubleValue: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }
}

extension JSONValue: Equatable {
    /// True for the same content: members in any order, numbers in any spelling, strings by their code points.
    package static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)):
            one == other || JSONDecimal(one).map { $0 == JSONDecimal(other) } ?? false
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }
}

extension JSONValue: JSONEncodable {
    /// Writes the value.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(let text): writer.raw(text)
        case .string(let value): writer.string(value)
        case .array(let elements): elements.write(to: &writer)
        case .object(let object): object.write(to: &writer)
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as compact JSON.
    package var description: String { String(decoding: jsonBytes, as: UTF8.self) }
}

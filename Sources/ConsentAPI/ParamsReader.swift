package import Consent
package import JSON
package import JSONRPC

/// Takes typed members out of an object and notes every fault with its path, so that a caller learns all of them at once.
///
/// Members that nobody asked for are faults too: call `finish()` after the last one.
package final class ParamsReader {
    /// What decoding needs to know besides the parameters.
    package let context: Context
    private let object: JSONObject
    private let path: String
    private let faults: Faults
    private var known: Set<String> = []

    /// What decoding needs to know besides the parameters.
    package struct Context: Sendable {
        package var now: Timestamp
        /// Turns an org's URL into its origin, or throws what is wrong with it.
        package var normaliseEndpoint: EndpointNormaliser

        package init(
            now: Timestamp,
            normaliseEndpoint: @escaping EndpointNormaliser
        ) {
            self.now = now
            self.normaliseEndpoint = normaliseEndpoint
        }
    }

    /// Turns an org's URL into its origin, or throws what is wrong with it.
    package typealias EndpointNormaliser = @Sendable (String) throws(EndpointFault) -> String

    /// Why a URL is no org's, in words for an administrator.
    package struct EndpointFault: Error, Sendable {
        package var message: String

        package init(message: String) {
            self.message = message
        }
    }

    private final class Faults {
        var violations: [FieldViolation] = []
    }

    /// Starts at the parameters themselves.
    package init(_ object: JSONObject, context: Context) {
        self.object = object
        self.context = context
        path = ""
        faults = Faults()
    }

    private init(_ object: JSONObject, path: String, parent: ParamsReader) {
        self.object = object
        self.path = path
        context = parent.context
        faults = parent.faults
    }

    /// Every fault found so far, in the order it was found.
    package var violations: [FieldViolation] { faults.violations }

    /// Notes a fault of a member.
    package func fault(_ name: String, _ message: String) {
        faults.violations.append(FieldViolation(path: path(of: name), message: message))
    }

    /// The path of a member, relative to the parameters.
    package func path(of name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    /// Whether the member is there and not null.
    package func has(_ name: String) -> Bool {
        known.insert(name)
        return object[name].map { !$0.isNull } ?? false
    }

    /// Whether the member is there, null or not.
    package func contains(_ name: String) -> Bool {
        known.insert(name)
        return object[name] != nil
    }

    /// The member as it stands; nil when it is absent or null.
    package func value(_ name: String) -> JSONValue? {
        known.insert(name)
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text of 1 to `bytesMax` bytes of UTF-8 (`allowsEmpty`: from 0).
    package func string(_ name: String, bytesMax: Int = 1_024, allowsEmpty: Bool = false) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else {
            fault(name, "must be a string")
            return nil
        }
        guard allowsEmpty || !text.isEmpty else {
            fault(name, "must not be empty")
            return nil
        }
        guard text.utf8.count <= bytesMax else {
            fault(name, "must be at most \(bytesMax) bytes")
            return nil
        }
        return text
    }

    /// The same where the member must be there.
    package func requiredString(_ name: String, bytesMax: Int = 1_024) -> String? {
        guard has(name) else {
            fault(name, "is required")
            return nil
        }
        return string(name, bytesMax: bytesMax)
    }

    package func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else {
            fault(name, "must be true or false")
            return nil
        }
        return flag
    }

    /// A whole number in the range.
    package func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.intValue, range.contains(number) else {
            fault(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// A text that is one of a type's raw values.
    package func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        _ type: Value.Type
    ) -> Value? where Value.RawValue == String {
        guard let value = value(name) else { return nil }
        if let text = value.stringValue, let choice = Value(rawValue: text) { return choice }
        let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
        fault(name, "must be one of \(choices)")
        return nil
    }

    /// The members of an object.
    package func object(_ name: String) -> ParamsReader? {
        guard let value = value(name) else { return nil }
        guard let object = value.objectValue else {
            fault(name, "must be an object")
            return nil
        }
        return ParamsReader(object, path: path(of: name), parent: self)
    }

    /// The elements of an array, each with the name that a fault of it has.
    package func array(_ name: String) -> [(name: String, value: JSONValue)]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.arrayValue else {
            fault(name, "must be an array")
            return nil
        }
        return elements.enumerated().map { ("\(name)[\($0.offset)]", $0.element) }
    }

    /// The members of an element of an array.
    package func element(_ name: String, _ value: JSONValue) -> ParamsReader? {
        guard let object = value.objectValue else {
            fault(name, "must be an object")
            return nil
        }
        return ParamsReader(object, path: path(of: name), parent: self)
    }

    /// The names of all members, which are then known.
    package func takeMembers() -> [(name: String, value: JSONValue)] {
        known.formUnion(object.names)
        return object.members
    }

    /// Notes every member that was never asked for.
    package func finish() {
        for name in object.names where !known.contains(name) { fault(name, "is not known here") }
    }
}

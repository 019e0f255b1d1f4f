import Consent
import JSON

/// Reads a Configuration as a caller writes it: the seed's shape and its extensions.
enum ConfigurationReader {
    static let namePattern = "a-z, 0-9 and - only, 1 to 64 of them"
    static let mappingsMax = 200
    private static let zero = Timestamp(milliseconds: 0)

    /// A configuration whose id, revision and times are still to be set, and whose name is empty where none was given.
    static func read(_ params: ParamsReader) -> Configuration? {
        if let typeID = params.requiredString("type_id"), typeID != Configuration.typeID {
            params.fault("type_id", "must be \(Configuration.typeID)")
        }
        let name = params.string("name", bytesMax: 64)
        if let name, !isName(name) { params.fault("name", "must be of \(namePattern)") }
        let credentials = readAuthentication(params)
        let target = readProperties(params)
        let mappings = readMappings(params)
        let upsertMode = params.bool("upsert_mode") ?? false
        let regulations = readRegulations(params)
        guard let credentials, let target, let mappings else { return nil }
        return Configuration(
            id: ConfigurationID(ordinal: 0),
            name: name ?? "",
            origin: credentials.origin,
            clientID: credentials.clientID,
            clientSecret: credentials.clientSecret,
            recordKind: target.recordKind,
            matchField: target.matchField,
            onMultipleMatches: target.onMultipleMatches,
            createDefaults: target.createDefaults,
            allowsDuplicates: target.allowsDuplicates,
            apiVersion: target.apiVersion,
            mappings: mappings,
            upsertMode: upsertMode,
            regulations: regulations,
            createdAt: zero,
            updatedAt: zero
        )
    }

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    private struct Credentials {
        var origin: String
        var clientID: String
        var clientSecret: Secret
    }

    private static func readAuthentication(_ params: ParamsReader) -> Credentials? {
        guard params.has("authentication") else {
            params.fault("authentication", "is required")
            return nil
        }
        guard let authentication = params.object("authentication") else { return nil }
        defer { authentication.finish() }
        let url = authentication.requiredString("url", bytesMax: 2_048)
        let clientID = authentication.requiredString("client_id")
        let clientSecret = authentication.requiredString("client_secret")
        guard let url else { return nil }
        do throws(ParamsReader.EndpointFault) {
            let origin = try params.context.normaliseEndpoint(url)
            guard let clientID, let clientSecret else { return nil }
            return Credentials(origin: origin, clientID: clientID, clientSecret: Secret(clientSecret))
        } catch {
            authentication.fault("url", error.message)
            return nil
        }
    }

    private struct Target {
        var recordKind: RecordKind
        var matchField: String
        var onMultipleMatches: MultipleMatches
        var createDefaults: [String: FieldValue]
        var allowsDuplicates: Bool
        var apiVersion: String
    }

    private static func readProperties(_ params: ParamsReader) -> Target? {
        guard params.has("properties") else {
            params.fault("properties.sobject", "is required")
            return nil
        }
        guard let properties = params.object("properties") else { return nil }
        defer { properties.finish() }
        let recordKind = readRecordKind(properties)
        let matchField = properties.string("match_field", bytesMax: 80)
        if let matchField, !isFieldName(matchField) {
            properties.fault("match_field", "must be the API name of a Salesforce field")
        }
        let onMultipleMatches = properties.choice("on_multiple_matches", MultipleMatches.self) ?? .updateAll
        let createDefaults = readFieldValues(properties, "create_defaults", namesFields: true)
        let allowsDuplicates = properties.bool("allow_duplicates") ?? false
        let apiVersion = properties.string("api_version", bytesMax: 8) ?? Configuration.defaultAPIVersion
        if !isAPIVersion(apiVersion) { properties.fault("api_version", "must be v61.0 or newer, written like v62.0") }
        guard let recordKind else { return nil }
        guard let matchField = matchField ?? recordKind.defaultMatchField else {
            properties.fault("match_field", "is required for Account, which has no field of its own to match by")
            return nil
        }
        return Target(
            recordKind: recordKind,
            matchField: matchField,
            onMultipleMatches: onMultipleMatches,
            createDefaults: createDefaults,
            allowsDuplicates: allowsDuplicates,
            apiVersion: apiVersion
        )
    }

    private static func readRecordKind(_ properties: ParamsReader) -> RecordKind? {
        guard properties.has("sobject") else {
            properties.fault("sobject", "is required")
            return nil
        }
        guard let elements = properties.array("sobject") else { return nil }
        guard elements.count == 1, let element = elements.first else {
            properties.fault(
                "sobject",
                "must hold exactly one of Account, Contact, Lead: for two objects create two configurations"
            )
            return nil
        }
        guard let kind = element.value.stringValue.flatMap({ RecordKind(rawValue: $0) }) else {
            properties.fault(element.name, "must be one of Account, Contact, Lead")
            return nil
        }
        return kind
    }

    /// `create_defaults` and `values`: an object of scalars.
    static func readFieldValues(_ params: ParamsReader, _ name: String, namesFields: Bool) -> [String: FieldValue] {
        guard let object = params.object(name) else { return [:] }
        var values: [String: FieldValue] = [:]
        for (member, value) in object.takeMembers() {
            if namesFields, !isFieldName(member) { object.fault(member, "is not the API name of a Salesforce field") }
            switch value {
            case .null: values[member] = .null
            case .bool(let flag): values[member] = .bool(flag)
            case .string(let text): values[member] = .string(text)
            case .number(let text): values[member] = .number(text)
            case .array, .object: object.fault(member, "must be a string, a number, true, false or null")
            }
        }
        return values
    }

    private static func readRegulations(_ params: ParamsReader) -> [String] {
        guard let elements = params.array("regulations") else { return [ConsentEvent.defaultRegulation] }
        guard !elements.isEmpty else {
            params.fault("regulations", "must not be empty")
            return []
        }
        return elements.compactMap { element in
            guard let text = element.value.stringValue, !text.isEmpty, text.utf8.count <= 64 else {
                params.fault(element.name, "must be a regulation's name of 1 to 64 bytes")
                return nil
            }
            return text
        }
    }

    static func isFieldName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 80 else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 95 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isAPIVersion(_ text: String) -> Bool {
        guard text.hasPrefix("v"), text.hasSuffix(".0") else { return false }
        let digits = text.dropFirst().dropLast(2)
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
        return Int(digits).map { (61...999).contains($0) } ?? false
    }
}

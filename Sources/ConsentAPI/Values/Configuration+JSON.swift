package import Consent
package import JSON

/// A configuration as it is answered: with its condition, never with the secret.
package struct ConfigurationView: JSONEncodable, Sendable {
    package var status: ConfigurationStatus

    package init(_ status: ConfigurationStatus) {
        self.status = status
    }

    package func write(to writer: inout JSONWriter) {
        let configuration = status.configuration
        writer.beginObject()
        writer.member("id", configuration.id.description)
        for (name, value) in configuration.input(withSecret: false) { writer.member(named: name, value) }
        writer.member("revision", configuration.revision)
        writer.member("state", state.name)
        writer.member("state_reason", ifPresent: state.reason)
        writer.member("created_at", configuration.createdAt.rfc3339)
        writer.member("updated_at", configuration.updatedAt.rfc3339)
        writer.endObject()
    }

    /// The configuration's state and, for a person, why.
    package var state: (name: String, reason: String?) {
        if status.configuration.isPaused { return ("paused", nil) }
        switch status.condition {
        case .running: return ("active", nil)
        case .held(let reason, let message, _, _): return ("held", "\(reason): \(message)")
        case .waiting(let reason, let message, let until, _):
            return ("active", "\(reason): \(message); next try at \(until.rfc3339)")
        }
    }

    /// Members that only the output has, which nobody can patch.
    package static let outputMembers = ["id", "revision", "state", "state_reason", "created_at", "updated_at"]
}

extension Configuration {
    /// The configuration as a caller would write it, which is what a patch is applied to.
    package func input(withSecret: Bool) -> JSONObject {
        var authentication: JSONObject = ["url": .string(origin), "client_id": .string(clientID)]
        if withSecret { authentication["client_secret"] = .string(clientSecret.reveal()) }
        var properties: JSONObject = [
            "sobject": [.string(recordKind.rawValue)],
            "match_field": .string(matchField),
            "on_multiple_matches": .string(onMultipleMatches.rawValue),
        ]
        if !createDefaults.isEmpty { properties["create_defaults"] = .object(JSONObject(createDefaults)) }
        if allowsDuplicates { properties["allow_duplicates"] = true }
        properties["api_version"] = .string(apiVersion)
        return [
            "type_id": .string(Configuration.typeID),
            "name": .string(name),
            "authentication": .object(authentication),
            "properties": .object(properties),
            "mappings": .array(mappings.map(\.json)),
            "upsert_mode": .bool(upsertMode),
            "regulations": .array(regulations.map { .string($0) }),
        ]
    }
}

extension Mapping {
    var json: JSONValue {
        var object: JSONObject = ["id": .string(field), "value": .string(value), "type": .string(type.rawValue)]
        if let preference { object["preference"] = .string(preference) }
        if isInverted { object["invert"] = true }
        if !values.isEmpty { object["values"] = .object(JSONObject(values)) }
        return .object(object)
    }
}

extension JSONObject {
    /// Field values in the order of their names.
    init(_ values: [String: FieldValue]) {
        self.init(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    }
}

extension FieldValue {
    var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .string(let text): .string(text)
        case .number(let text): .number(text)
        }
    }
}

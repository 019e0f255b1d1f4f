import Consent
import JSON
import JSONRPC

extension Schema {
    /// The schemas that methods refer to by name.
    static var shared: [(name: String, schema: JSONValue)] {
        [
            ("CallMetadata", callMetadata), ("Configuration", configuration(isInput: false)),
            ("ConfigurationInput", configuration(isInput: true)), ("ConsentEvent", consentEvent),
            ("Delivery", delivery), ("Error", error), ("Mapping", mapping),
        ]
    }

    private static let callMetadata = object([
        ("timeout_ms?", integer(1...CallMetadata.timeoutMillisecondsMax)),
        ("idempotency_key?", ["type": "string", "maxLength": .int(CallMetadata.idempotencyKeyBytesMax)]),
        ("traceparent?", string),
    ])

    private static let mapping = object([
        ("id", string), ("value", string), ("type?", choice(MappingType.allCases.map(\.rawValue))),
        ("invert?", boolean), ("values?", ["type": "object"]), ("preference?", string),
    ])

    /// What a configuration is made of, as a caller writes it or as it is answered.
    static func configurationMembers(isInput: Bool) -> [(name: String, schema: JSONValue)] {
        let authentication: [(String, JSONValue)] = [("url", string), ("client_id", string)]
        let secret: [(String, JSONValue)] = isInput ? [("client_secret", string)] : []
        let output: [(String, JSONValue)] = [
            ("id", string), ("revision", integer), ("state", choice(["active", "paused", "held"])),
            ("state_reason?", string), ("created_at", time), ("updated_at", time),
        ]
        return [
            ("type_id", string),
            ("name" + (isInput ? "?" : ""), ["type": "string", "pattern": "^[a-z0-9-]{1,64}$"]),
            ("authentication", object(authentication + secret)),
            ("properties", properties),
            ("mappings", array(of: reference("Mapping"))),
            ("upsert_mode?", boolean),
            ("regulations?", array(of: string)),
        ] + (isInput ? [] : output)
    }

    private static let properties = object([
        ("sobject", ["type": "array", "items": choice(["Account", "Contact", "Lead"]), "minItems": 1, "maxItems": 1]),
        ("match_field?", string), ("on_multiple_matches?", string), ("create_defaults?", ["type": "object"]),
        ("api_version?", string), ("allow_duplicates?", boolean),
    ])

    private static func configuration(isInput: Bool) -> JSONValue { object(configurationMembers(isInput: isInput)) }

    private static let consentEvent: JSONValue = [
        "type": "object",
        "description": "a platform event, a webhook envelope around one, or the short form",
        "properties": [
            "id": string, "created_at": time, "regulation": string, "organization_user_id": string,
            "preferences": ["type": "object"], "user": ["type": "object"], "consents": ["type": "object"],
        ],
    ]

    private static let attempt = object([
        ("at", time), ("http_status?", integer), ("error_code?", string), ("message?", string),
        ("fields?", array(of: string)), ("request_id?", string),
    ])

    private static let delivery = object([
        ("delivery_id", string), ("event_id", string), ("configuration_id", string), ("sobject", string),
        ("organization_user_id", string), ("state", choice(DeliveryState.allCases.map(\.rawValue))),
        ("reason?", string), ("seq", integer), ("accepted_at", time), ("event_created_at", time),
        ("updated_at", time), ("attempts", integer), ("next_attempt_at?", time), ("last_attempt?", attempt),
        ("fields", ["type": "object"]), ("record_ids?", array(of: string)), ("created?", boolean),
        ("superseded_by?", string),
    ])

    private static let error = object([
        ("code", integer), ("message", string),
        (
            "data",
            object([
                ("status", string), ("reason", string), ("domain", choice([ErrorObject.domain])),
                ("field_violations?", array(of: object([("path", string), ("message", string)]))),
                ("retry_after_ms?", integer), ("offset?", integer), ("metadata?", ["type": "object"]),
            ])
        ),
    ])
}

package import Consent
package import JSON

extension Delivery: JSONEncodable {
    /// Writes the delivery as the protocol has it; members without a value are left out.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("delivery_id", id.description)
        writer.member("event_id", eventID)
        writer.member("configuration_id", id.configuration.description)
        writer.member("sobject", recordKind.rawValue)
        writer.member("organization_user_id", organizationUserID)
        writer.member("state", state.rawValue)
        writer.member("reason", ifPresent: reason)
        writer.member("seq", sequenceNumber.rawValue)
        writer.member("accepted_at", acceptedAt.rfc3339)
        writer.member("event_created_at", eventCreatedAt.rfc3339)
        writer.member("updated_at", updatedAt.rfc3339)
        writer.member("attempts", attempts)
        writer.member("next_attempt_at", ifPresent: nextAttemptAt?.rfc3339)
        writer.member("last_attempt", ifPresent: lastAttempt)
        writer.key("fields")
        writer.beginObject()
        for entry in fields {
            writer.key(entry.field)
            entry.value.write(to: &writer)
        }
        writer.endObject()
        if !recordIDs.isEmpty { writer.member("record_ids", recordIDs) }
        writer.member("created", ifPresent: isCreated)
        writer.member("superseded_by", ifPresent: supersededBy?.description)
        writer.endObject()
    }
}

extension FieldValue: JSONEncodable {
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .string(let text): writer.string(text)
        case .number(let text): writer.raw(text)
        }
    }
}

extension Attempt: JSONEncodable {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", at.rfc3339)
        writer.member("http_status", ifPresent: httpStatus)
        writer.member("error_code", ifPresent: errorCode)
        writer.member("message", ifPresent: message)
        if !fields.isEmpty { writer.member("fields", fields) }
        writer.member("request_id", ifPresent: requestID)
        writer.endObject()
    }
}

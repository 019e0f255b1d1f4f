package import Consent
package import JSON

extension Delivery: JSONEncodable {
    /// Writes the delivery as the protocol has it; members without a value are left out.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("delivery_id", id)
        writer.member("event_id", eventID)
        writer.member("configuration_id", id.configuration)
        writer.member("sobject", recordKind.rawValue)
        writer.member("organization_user_id", organizationUserID)
        writer.member("state", state.rawValue)
        writer.member("reason", ifPresent: reason)
        writer.member("seq", sequenceNumber.rawValue)
        writer.member("accepted_at", acceptedAt)
        writer.member("event_created_at", eventCreatedAt)
        writer.member("updated_at", updatedAt)
        writer.member("attempts", attempts)
        writer.member("next_attempt_at", ifPresent: nextAttemptAt)
        writer.member("last_attempt", ifPresent: lastAttempt)
        writer.key(plain: "fields")
        writer.beginObject()
        for entry in fields {
            writer.key(entry.field)
            entry.value.write(to: &writer)
        }
        writer.endObject()
        if !recordIDs.isEmpty { writer.member("record_ids", recordIDs) }
        writer.member("created", ifPresent: isCreated)
        writer.member("superseded_by", ifPresent: supersededBy)
        writer.endObject()
    }
}

extension JSONWriter {
    // A call of these instead of a protocol's witnesses is felt at thousands of answers a second.

    fileprivate mutating func member(_ name: StaticString, _ value: Timestamp) {
        key(plain: name)
        value.write(to: &self)
    }

    fileprivate mutating func member(_ name: StaticString, _ value: DeliveryID) {
        key(plain: name)
        value.write(to: &self)
    }

    fileprivate mutating func member(_ name: StaticString, _ value: ConfigurationID) {
        key(plain: name)
        value.write(to: &self)
    }

    fileprivate mutating func member(_ name: StaticString, ifPresent value: String?) {
        if let value { member(name, value) }
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
        writer.member("at", at)
        writer.member("http_status", ifPresent: httpStatus)
        writer.member("error_code", ifPresent: errorCode)
        writer.member("message", ifPresent: message)
        if !fields.isEmpty { writer.member("fields", fields) }
        writer.member("request_id", ifPresent: requestID)
        writer.endObject()
    }
}

extension Timestamp: JSONEncodable {
    package func write(to writer: inout JSONWriter) {
        writer.string(byteCount: Self.rfc3339ByteCount) { writeRFC3339(to: &$0, at: $1) }
    }
}

extension ConfigurationID: JSONEncodable {
    package func write(to writer: inout JSONWriter) {
        writer.string(byteCount: 12) { bytes, start in
            bytes.writePrefix("cfg_", at: start)
            ordinal.writeHexadecimal(to: &bytes, at: start + 4)
        }
    }
}

extension DeliveryID: JSONEncodable {
    package func write(to writer: inout JSONWriter) {
        writer.string(byteCount: 28) { bytes, start in
            bytes.writePrefix("dlv_", at: start)
            event.rawValue.writeHexadecimal(to: &bytes, at: start + 4)
            configuration.ordinal.writeHexadecimal(to: &bytes, at: start + 20)
        }
    }
}

extension MutableSpan<UInt8> {
    fileprivate mutating func writePrefix(_ text: StaticString, at start: Int) {
        text.withUTF8Buffer { text in
            for index in text.indices { self[start + index] = unsafe text[index] }
        }
    }
}

import JSON

extension Draft {
    /// Checks the values as an org does before it saves a record.
    func validate(isCreate: Bool) throws(APIError) {
        let locked = fields.filter {
            !$0.field.isVisible || (isCreate ? !$0.field.isCreateable : !$0.field.isUpdateable)
        }
        if !locked.isEmpty {
            let names = locked.map(\.field.name)
            throw APIError(
                400,
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "Unable to create/update fields: \(names.joined(separator: ", ")). Please check the security settings "
                    + "of this field and verify that it is read/write for your profile or permission set.",
                fields: names
            )
        }
        try requireFields(isCreate: isCreate)
        for (field, value) in fields {
            try Self.check(value, field)
        }
    }

    private func requireFields(isCreate: Bool) throws(APIError) {
        let missing = type.fields.filter { field in
            guard field.isRequiredOnCreate else {
                return false
            }
            guard let given = fields.last(where: { $0.field.name == field.name })?.value else {
                return isCreate
            }
            return given.isNull || given.stringValue == ""
        }
        guard missing.isEmpty else {
            let names = missing.map(\.name)
            throw APIError(
                400,
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [\(names.joined(separator: ", "))]",
                fields: names
            )
        }
    }

    private static func check(_ value: JSONValue, _ field: Field) throws(APIError) {
        if value.isNull {
            guard field.type != .boolean else {
                throw refused("INVALID_TYPE_ON_FIELD_IN_RECORD", "value not of required type: null", field)
            }
            return
        }
        guard let text = value.stringValue, !text.isEmpty else {
            return
        }
        if field.length > 0, text.utf16.count > field.length, field.type != .multipicklist {
            let shown = text.prefix(64)
            throw refused("STRING_TOO_LONG", "data value too large: \(shown) (max length=\(field.length))", field)
        }
        switch field.type {
        case .email:
            guard isEmailAddress(text) else {
                throw refused("INVALID_EMAIL_ADDRESS", "invalid email address: \(text)", field)
            }
        case .picklist, .multipicklist:
            try checkPicklist(text, field)
        case .reference:
            guard RecordID.canonical(text) != nil else {
                throw refused("MALFORMED_ID", "id value of incorrect type: \(text)", field)
            }
        default:
            break
        }
    }

    private static func checkPicklist(_ text: String, _ field: Field) throws(APIError) {
        let chosen = field.type == .multipicklist ? text.split(separator: ";").map(String.init) : [text]
        if let long = chosen.first(where: { $0.utf16.count > 255 }) {
            let shown = long.prefix(64)
            throw refused("STRING_TOO_LONG", "data value too large: \(shown) (max length=255)", field)
        }
        guard field.isRestrictedPicklist else {
            return
        }
        let known = Set(field.picklistValues.map { $0.lowercased() })
        guard let unknown = chosen.first(where: { !known.contains($0.lowercased()) }) else {
            return
        }
        let message = "bad value for restricted picklist field: \(unknown)"
        throw refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field)
    }

    private static func refused(_ code: String, _ message: String, _ field: Field) -> APIError {
        APIError(400, code, "\(field.label): \(message)", fields: [field.name])
    }

    private static func isEmailAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !text.contains(where: { $0.isWhitespace || $0 == "," }) else {
            return false
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
    }
}

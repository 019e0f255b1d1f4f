package import Consent

/// Compares a configuration with what Salesforce says of its object; pure.
package enum FieldVerification {
    /// Whether records of this kind may be written at all.
    package static func object(
        _ configuration: Configuration,
        _ description: ObjectDescription
    ) -> VerificationCheck {
        let kind = configuration.recordKind.rawValue
        if !description.isUpdateable {
            return VerificationCheck(
                "object",
                .fail,
                "the connected app's user may not edit records of \(kind): give its profile or permission set that right"
            )
        }
        if configuration.upsertMode, !description.isCreateable {
            return VerificationCheck(
                "object",
                .fail,
                "the connected app's user may not create records of \(kind): give it that right, or set upsert_mode to false"
            )
        }
        return VerificationCheck("object", .pass, "\(kind) can be described and written")
    }

    /// The checks of match field, mappings and creation, in the order of the configuration.
    package static func checks(
        _ configuration: Configuration,
        _ description: ObjectDescription
    ) -> [VerificationCheck] {
        [matchField(configuration, description)]
            + configuration.mappings.map { mapping($0, configuration, description) }
            + (configuration.upsertMode ? creation(configuration, description) : [])
    }

    private static func matchField(
        _ configuration: Configuration,
        _ description: ObjectDescription
    ) -> VerificationCheck {
        let name = configuration.matchField
        func check(_ status: VerificationCheck.Status, _ message: String) -> VerificationCheck {
            VerificationCheck("match_field", status, field: name, message)
        }
        guard let field = description[name] else {
            return check(
                .fail,
                "\(configuration.recordKind.rawValue) has no such field, or the connected app's user may not see it: "
                    + "set properties.match_field, or make the field visible"
            )
        }
        guard field.isFilterable, [.text, .picklist, .number].contains(field.shape) else {
            return check(
                .fail,
                "a field of type \(field.typeName) cannot be searched for a person's id: choose another properties.match_field"
            )
        }
        guard configuration.upsertMode else { return check(.pass, "the field can be searched") }
        guard field.isCreateable else {
            return check(
                .fail,
                "the connected app's user may not set the field on a new record: give it edit access, or set upsert_mode to false"
            )
        }
        guard field.isUnique else {
            return check(
                .warn,
                "the field is not unique: if another system creates the same person at the same moment there will be two "
                    + "records; a unique external id prevents that"
            )
        }
        return check(.pass, "the field is unique and can be searched")
    }

    private static func mapping(
        _ mapping: Mapping,
        _ configuration: Configuration,
        _ description: ObjectDescription
    ) -> VerificationCheck {
        func check(_ status: VerificationCheck.Status, _ message: String) -> VerificationCheck {
            VerificationCheck("field", status, field: mapping.field, message)
        }
        guard let field = description[mapping.field] else {
            return check(
                .fail,
                "\(configuration.recordKind.rawValue) has no such field, or the connected app's user may not see it: correct the "
                    + "mapping, or grant the user read and edit access by field-level security"
            )
        }
        guard field.isUpdateable else {
            return check(
                .fail,
                "the connected app's user may not edit the field, or it is read-only by nature: grant edit access by "
                    + "field-level security, or map another field"
            )
        }
        for (choice, words) in [(Choice.granted, "a given choice"), (.denied, "a denied choice")]
        where mapping.type.isAlwaysYesOrNo {
            guard let value = try? FieldShape.render(FieldChoice(mapping: mapping, choice: choice), for: field) else {
                return check(.fail, "\(words) does not fit type \(field.typeName): map true and false with \"values\"")
            }
            guard field.takes(value) else {
                return check(.fail, "\(words) is not among the picklist's values: map true and false with \"values\"")
            }
        }
        if mapping.type == .constant {
            let constant = FieldChoice(mapping: mapping, choice: .text(mapping.value))
            guard let value = try? FieldShape.render(constant, for: field), field.takes(value) else {
                return check(.fail, "the constant does not fit the field of type \(field.typeName): change its value")
            }
        }
        for value in mapping.values.values {
            guard let shaped = try? FieldShape.value(value, for: field), field.takes(shaped) else {
                return check(.fail, "one of \"values\" does not fit the field of type \(field.typeName)")
            }
        }
        if mapping.type == .preferenceID, mapping.preference == nil, field.shape == .checkbox, mapping.values.isEmpty {
            return check(.warn, "a checkbox takes only true and false: any other preference value needs \"values\"")
        }
        return check(.pass, "a field of type \(field.typeName) that can be edited")
    }

    private static func creation(
        _ configuration: Configuration,
        _ description: ObjectDescription
    ) -> [VerificationCheck] {
        let name = "create_defaults"
        var checks: [VerificationCheck] = []
        let defaults = configuration.createDefaults.sorted { $0.key < $1.key }
        for (field, value) in defaults {
            guard let field = description[field], field.isCreateable else {
                checks.append(VerificationCheck(name, .fail, field: field, "no such field, or it cannot be set"))
                continue
            }
            if (try? FieldShape.value(value, for: field)).map(field.takes) != true {
                checks.append(
                    VerificationCheck(name, .fail, field: field.name, "the value does not fit type \(field.typeName)")
                )
            }
        }
        let given = Set((defaults.map(\.key) + [configuration.matchField]).map { $0.lowercased() })
        let filled = CreateDefaults.requiredFields(of: configuration.recordKind).map { $0.lowercased() }
        for field in description.requiredOnCreate where !given.contains(field.name.lowercased()) {
            if filled.contains(field.name.lowercased()) {
                let message = "new records get \(CreateDefaults.notProvided); name a value to get another one"
                checks.append(VerificationCheck(name, .warn, field: field.name, message))
            } else {
                checks.append(
                    VerificationCheck(name, .fail, field: field.name, "Salesforce demands a value of new records")
                )
            }
        }
        return checks.isEmpty
            ? [VerificationCheck(name, .pass, "new records have all that Salesforce demands")] : checks
    }
}

extension MappingType {
    /// Whether what is looked up is a yes or no and nothing else.
    fileprivate var isAlwaysYesOrNo: Bool {
        switch self {
        case .purposeID, .channelID: true
        case .widgetID, .preferenceID, .constant, .eventField: false
        }
    }
}

extension FieldDescription {
    /// Whether the value would pass the field's length and restricted list.
    fileprivate func takes(_ value: FieldValue) -> Bool {
        guard case .string(let text) = value else { return true }
        switch shape {
        case .picklist: return !isRestrictedPicklist || picklistValues.isEmpty || picklistValues.contains(text)
        case .multipicklist:
            return !isRestrictedPicklist || picklistValues.isEmpty
                || text.split(separator: ";").allSatisfy { picklistValues.contains(String($0)) }
        case .text: return length == 0 || text.utf16.count <= length
        case .checkbox, .date, .dateTime, .number: return true
        }
    }
}

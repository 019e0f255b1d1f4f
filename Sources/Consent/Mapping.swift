/// Says which choice goes into which Salesforce field, and in what shape.
package struct Mapping: Hashable, Sendable {
    /// The Salesforce field's API name.
    package var field: String
    /// What the event is searched for: an id, a constant, or a member's path.
    package var value: String
    package var type: MappingType
    /// Writes the opposite of a yes or no, for opt-out fields.
    package var isInverted: Bool
    /// Translates consent values (`true`, `false`, a value id) into the field's own; empty means as is.
    package var values: [String: FieldValue]
    /// The preference that a value id belongs to; without it a value id can only become true.
    package var preference: String?

    package init(
        field: String,
        value: String,
        type: MappingType = .widgetID,
        isInverted: Bool = false,
        values: [String: FieldValue] = [:],
        preference: String? = nil
    ) {
        self.field = field
        self.value = value
        self.type = type
        self.isInverted = isInverted
        self.values = values
        self.preference = preference
    }

    /// The choice that the event carries for this mapping; nil when it says nothing about it.
    ///
    /// Constants and event fields are no choices of a person: see `companion(in:id:createdAt:)`.
    package func choice(in event: ConsentEvent) -> Choice? {
        switch type {
        case .widgetID:
            purpose(in: event) ?? preference(in: event) ?? valueMembership(in: event)
        case .purposeID: purpose(in: event)
        case .preferenceID: preference(in: event) ?? (preference == nil ? nil : valueMembership(in: event))
        case .channelID: event.choices.first { $0.source == .channel && $0.id.hasSameBytes(as: value) }?.choice
        case .constant, .eventField: nil
        }
    }

    private func purpose(in event: ConsentEvent) -> Choice? {
        event.choices.first { $0.source.isPurpose && $0.id.hasSameBytes(as: value) }?.choice
    }

    private func preference(in event: ConsentEvent) -> Choice? {
        event.choices.first { $0.source.isPreference && $0.id.hasSameBytes(as: value) }?.choice
    }

    private func valueMembership(in event: ConsentEvent) -> Choice? {
        if let preference {
            guard
                let carried = event.choices.first(where: {
                    $0.source.isPreference && $0.id.hasSameBytes(as: preference)
                })
            else { return nil }
            return carried.choice.contains(value) ? .granted : .denied
        }
        return event.choices.contains { $0.source.isPreference && $0.choice.contains(value) } ? .granted : nil
    }

    /// The text that a constant or event-field mapping sends along with the choices of an event.
    package func companion(in event: ConsentEvent, id: String, createdAt: Timestamp) -> Choice? {
        switch type {
        case .constant: .text(value)
        case .eventField: eventField(in: event, id: id, createdAt: createdAt).map { .text($0) }
        case .widgetID, .purposeID, .preferenceID, .channelID: nil
        }
    }

    private func eventField(in event: ConsentEvent, id: String, createdAt: Timestamp) -> String? {
        switch value {
        case "id": id
        case "created_at": createdAt.rfc3339
        case "status": event.status.rawValue
        case "regulation": event.regulation
        case "user.organization_user_id", "organization_user_id": event.organizationUserID
        default: event.details.first { $0.name.rawValue == value }?.text
        }
    }

    /// The members of an event that an `event-field` mapping may name.
    package static let eventFieldNames: [String] =
        ["id", "created_at", "status", "regulation", "organization_user_id", "user.organization_user_id"]
        + EventDetail.Name.allCases.map(\.rawValue)

    /// The choice as a field's value where nothing is known of the field's type.
    ///
    /// Lists are joined with `;` as a multi-select picklist takes them; each item goes through `values`.
    package func fieldValue(for choice: Choice) -> FieldValue {
        switch choice {
        case .granted: values["true"] ?? .bool(!isInverted)
        case .denied: values["false"] ?? .bool(isInverted)
        case .cleared: values[""] ?? .null
        case .text(let text): values[text] ?? .string(text)
        case .list(let list):
            .string(
                list.map { item in
                    switch values[item] {
                    case .string(let text), .number(let text): text
                    case .bool(let flag): flag ? "true" : "false"
                    case .null, nil: item
                    }
                }.joined(separator: ";")
            )
        }
    }
}

/// Where a mapping's `value` is looked up.
package enum MappingType: String, CaseIterable, Hashable, Sendable {
    /// A purpose id, else a preference id, else a preference-value id.
    case widgetID = "pmp-widget-id"
    case purposeID = "purpose-id"
    case preferenceID = "preference-id"
    case channelID = "channel-id"
    case constant
    case eventField = "event-field"
}

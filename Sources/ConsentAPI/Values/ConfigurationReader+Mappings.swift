import Consent
import JSON

extension ConfigurationReader {
    static func readMappings(_ params: ParamsReader) -> [Mapping]? {
        guard params.has("mappings") else {
            params.fault("mappings", "is required")
            return nil
        }
        guard let elements = params.array("mappings") else { return nil }
        guard (1...mappingsMax).contains(elements.count) else {
            params.fault("mappings", "must hold 1 to \(mappingsMax) mappings")
            return nil
        }
        var mappings: [Mapping] = []
        for element in elements {
            guard let reader = params.element(element.name, element.value), let mapping = readMapping(reader) else {
                continue
            }
            if mappings.contains(where: { $0.field.lowercased() == mapping.field.lowercased() }) {
                reader.fault("id", "is mapped twice; one field takes one value")
            }
            mappings.append(mapping)
        }
        if !mappings.isEmpty, mappings.allSatisfy({ $0.type == .constant || $0.type == .eventField }) {
            params.fault("mappings", "must hold at least one choice of a person, not only constants and event fields")
        }
        return mappings.count == elements.count ? mappings : nil
    }

    private static func readMapping(_ reader: ParamsReader) -> Mapping? {
        defer { reader.finish() }
        let field = reader.requiredString("id", bytesMax: 80)
        if let field, !isFieldName(field) { reader.fault("id", "must be the API name of a Salesforce field") }
        let value = reader.requiredString("value", bytesMax: 512)
        let type = reader.choice("type", MappingType.self) ?? .widgetID
        if let value, type == .eventField, !Mapping.eventFieldNames.contains(value) {
            reader.fault("value", "must be one of \(Mapping.eventFieldNames.joined(separator: ", "))")
        }
        let isInverted = reader.bool("invert") ?? false
        let values = readFieldValues(reader, "values", namesFields: false)
        let preference = reader.string("preference", bytesMax: 512)
        guard let field, let value else { return nil }
        return Mapping(
            field: field,
            value: value,
            type: type,
            isInverted: isInverted,
            values: values,
            preference: preference
        )
    }
}

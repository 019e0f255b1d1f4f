import JSON

extension Org {
    /// Versions, resources, limits and describes.
    func information(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        guard operation.method == "GET" || operation.method == "HEAD" else {
            throw Self.methodNotAllowed
        }
        switch operation.route {
        case .versions:
            return .json(
                .array(
                    Operation.versions.map { version in
                        .record([
                            ("label", .string("Release \(version)")),
                            ("url", .string("/services/data/v\(version)")),
                            ("version", .string(version)),
                        ])
                    }
                )
            )
        case .resources:
            let names = ["sobjects", "query", "queryAll", "composite", "limits", "jobs"]
            return .json(.record(names.map { ($0, .string("\(context.dataPath)/\($0)")) }))
        case .limits:
            let remaining = max(0, settings.dailyCallsMax - statistics.dataCalls)
            let daily = JSONValue.record([("Max", .int(settings.dailyCallsMax)), ("Remaining", .int(remaining))])
            return .json(.record([("DailyApiRequests", daily)]))
        case .describeGlobal:
            let types = schema.values.sorted { $0.name < $1.name }
            return .json(
                .record([
                    ("encoding", "UTF-8"), ("maxBatchSize", 200),
                    ("sobjects", .array(types.map { .record(summary($0, context)) })),
                ])
            )
        case .describe(let name):
            let type = try requiredType(name)
            let fields = type.fields.filter(\.isVisible).map(Self.describe)
            return .json(.record(summary(type, context) + [("fields", .array(fields)), ("childRelationships", [])]))
        default:
            throw .notFound
        }
    }

    func objectInformation(_ type: ObjectType, _ context: CallContext) throws(APIError) -> OrgResponse {
        .json(.record([("objectDescribe", .record(summary(type, context))), ("recentItems", .array([]))]))
    }

    private func summary(_ type: ObjectType, _ context: CallContext) -> [(String, JSONValue)] {
        let path = "\(context.dataPath)/sobjects/\(type.name)"
        return [
            ("name", .string(type.name)), ("label", .string(type.label)), ("labelPlural", .string(type.labelPlural)),
            ("keyPrefix", .string(type.keyPrefix)), ("custom", false), ("createable", true), ("updateable", true),
            ("deletable", true), ("queryable", true), ("retrieveable", true), ("searchable", true),
            ("layoutable", true),
            (
                "urls",
                .record([
                    ("sobject", .string(path)), ("describe", .string("\(path)/describe")),
                    ("rowTemplate", .string("\(path)/{ID}")),
                ])
            ),
        ]
    }

    private static func describe(_ field: Field) -> JSONValue {
        let values = field.picklistValues.map { value in
            JSONValue.record([
                ("active", true), ("defaultValue", false), ("label", .string(value)), ("validFor", .null),
                ("value", .string(value)),
            ])
        }
        return .record([
            ("name", .string(field.name)), ("label", .string(field.label)), ("type", .string(field.type.rawValue)),
            ("length", .int(field.length)), ("byteLength", .int(field.length * 3)),
            ("nillable", .bool(!field.isRequiredOnCreate && field.type != .boolean && field.type != .id)),
            ("createable", .bool(field.isCreateable)), ("updateable", .bool(field.isUpdateable)),
            ("defaultedOnCreate", .bool(field.type == .boolean || field.type == .id || field.name == "Status")),
            ("idLookup", .bool(field.isIDLookup)), ("externalId", .bool(field.isExternalID)),
            ("unique", .bool(field.isUnique)), ("caseSensitive", false), ("custom", .bool(field.isCustom)),
            ("filterable", .bool(field.type != .textarea || field.length <= 255)), ("sortable", true),
            ("calculated", false), ("autoNumber", false), ("permissionable", .bool(!field.isRequiredOnCreate)),
            ("restrictedPicklist", .bool(field.isRestrictedPicklist)), ("picklistValues", .array(values)),
            ("referenceTo", .array(field.referenceTo.map { [.string($0)] } ?? [])),
            ("relationshipName", field.relationshipName.map { .string($0) } ?? .null),
            ("compoundFieldName", .null), ("deprecatedAndHidden", false),
        ])
    }
}

import JSON

extension CreateConfiguration {
    package static var schema: MethodSchema {
        MethodSchema(
            "Creates a configuration: an org, its credentials and what is written where.",
            params: Schema.configurationMembers(isInput: true).map { member in
                member.name.hasSuffix("?")
                    ? .optional(String(member.name.dropLast()), member.schema) : .required(member.name, member.schema)
            },
            result: Schema.reference("Configuration")
        )
    }
}

extension GetConfiguration {
    package static var schema: MethodSchema {
        MethodSchema(
            "Gives a configuration by its id or its name, without the secret.",
            params: [.optional("id", Schema.string), .optional("name", Schema.string)],
            result: Schema.reference("Configuration")
        )
    }
}

extension ListConfigurations {
    package static var schema: MethodSchema {
        MethodSchema(
            "Gives configurations a page at a time, oldest first.",
            params: Schema.paging,
            result: Schema.object([
                ("configurations", Schema.array(of: Schema.reference("Configuration"))),
                ("next_page_token?", Schema.string),
            ])
        )
    }
}

extension UpdateConfiguration {
    package static var schema: MethodSchema {
        MethodSchema(
            "Changes a configuration by a merge patch (RFC 7396).",
            params: [
                .required("id", Schema.string), .optional("revision", Schema.integer),
                .required("patch", ["type": "object"]),
            ],
            result: Schema.reference("Configuration")
        )
    }
}

extension DeleteConfiguration {
    package static var schema: MethodSchema {
        MethodSchema(
            "Deletes a configuration; with force also one that has undelivered work.",
            params: [
                .required("id", Schema.string), .optional("revision", Schema.integer),
                .optional("force", Schema.boolean),
            ],
            result: Schema.empty
        )
    }
}

extension VerifyConfiguration {
    package static var schema: MethodSchema {
        MethodSchema(
            "Looks at everything in an org that a configuration's deliveries will need, and writes nothing there.",
            params: [
                .optional("id", Schema.string),
                .optional("configuration", Schema.object(Schema.configurationMembers(isInput: true))),
            ],
            result: Schema.object([
                ("ok", Schema.boolean),
                (
                    "checks",
                    Schema.array(
                        of: Schema.object([
                            ("check", Schema.string), ("status", Schema.choice(["pass", "warn", "fail"])),
                            ("field?", Schema.string), ("message", Schema.string),
                        ])
                    )
                ),
            ])
        )
    }
}

extension Schema {
    static let paging: [MethodSchema.Parameter] = [
        .optional("page_size", integer(1...PagingLimits.sizeMax)), .optional("page_token", string),
    ]
}

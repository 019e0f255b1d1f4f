import Consent
import JSON

extension PublishConsent {
    package static var schema: MethodSchema {
        MethodSchema(
            "Takes a consent event in, durably.",
            params: [
                .required("event", Schema.reference("ConsentEvent")),
                .optional("configuration_ids", Schema.array(of: Schema.string)),
                .optional("wait_for", Schema.choice(WaitFor.allCases.map(\.rawValue))),
            ],
            result: Schema.object([
                ("event_id", Schema.string), ("seq", Schema.integer), ("replayed", Schema.boolean),
                ("deliveries", Schema.deliveries),
            ])
        )
    }
}

extension GetDeliveryStatus {
    package static var schema: MethodSchema {
        MethodSchema(
            "Tells what became of a delivery, an event or a person's events; waits for news with after_seq.",
            params: [
                .optional("delivery_id", Schema.string), .optional("event_id", Schema.string),
                .optional("organization_user_id", Schema.string), .optional("configuration_id", Schema.string),
                .optional("after_seq", Schema.integer),
            ],
            result: Schema.object([("deliveries", Schema.deliveries), ("seq", Schema.integer)])
        )
    }
}

extension ListDeliveries {
    package static var schema: MethodSchema {
        MethodSchema(
            "Gives deliveries a page at a time, oldest event first.",
            params: [
                .optional("state", Schema.choice(DeliveryState.allCases.map(\.rawValue))),
                .optional("configuration_id", Schema.string),
            ] + Schema.paging,
            result: Schema.object([("deliveries", Schema.deliveries), ("next_page_token?", Schema.string)])
        )
    }
}

extension RetryDelivery {
    package static var schema: MethodSchema {
        MethodSchema(
            "Lets a failed or waiting delivery be tried at once, or all of a configuration in a state.",
            params: [
                .optional("delivery_id", Schema.string), .optional("configuration_id", Schema.string),
                .optional("state", Schema.choice(["parked", "failed"])),
            ],
            result: Schema.object([("retried", Schema.integer)])
        )
    }
}

extension CancelDelivery {
    package static var schema: MethodSchema {
        MethodSchema(
            "Ends an undelivered delivery.",
            params: [.required("delivery_id", Schema.string)],
            result: Schema.reference("Delivery")
        )
    }
}

extension WatchDeliveries {
    package static var schema: MethodSchema {
        MethodSchema(
            "Streams where deliveries stand and every change after that; the answer is the end of the stream.",
            params: [
                .optional("delivery_id", Schema.string), .optional("event_id", Schema.string),
                .optional("configuration_id", Schema.string), .optional("after_seq", Schema.integer),
                .optional("until_terminal", Schema.boolean),
                .optional("heartbeat_ms", Schema.integer(heartbeatMilliseconds)),
            ],
            result: Schema.object([
                ("last_seq", Schema.integer), ("reason", Schema.choice(["terminal", "shutdown"])),
            ]),
            notification: (
                notification,
                Schema.object([
                    ("id", [:]), ("seq", Schema.integer),
                    ("type", Schema.choice(Event.Kind.allCases.map(\.rawValue))),
                    ("delivery?", Schema.reference("Delivery")),
                ])
            )
        )
    }
}

extension EraseSubject {
    package static var schema: MethodSchema {
        MethodSchema(
            "Erases a person from memory at once and from the journal by a deadline.",
            params: [.required("organization_user_id", Schema.string)],
            result: Schema.object([
                ("seq", Schema.integer), ("deliveries_erased", Schema.integer), ("completes_by", Schema.time),
                ("completed_at?", Schema.time),
            ])
        )
    }
}

extension ExplainSubject {
    package static var schema: MethodSchema {
        let field = Schema.object([
            ("field", Schema.string), ("value", [:]), ("event_id", Schema.string),
            ("event_created_at", Schema.time),
            ("rule", Schema.choice(["ONLY", "NEWEST", "TIE_DENIED", "TIE_EVENT_ID"])),
            ("state", Schema.string), ("delivered_at?", Schema.time),
        ])
        let configuration = Schema.object([
            ("configuration_id", Schema.string), ("record_ids", Schema.array(of: Schema.string)),
            ("fields", Schema.array(of: field)), ("deliveries", Schema.deliveries),
        ])
        return MethodSchema(
            "Tells what stands for a person in every configuration, and why.",
            params: [.required("organization_user_id", Schema.string)],
            result: Schema.object([
                ("organization_user_id", Schema.string), ("configurations", Schema.array(of: configuration)),
            ])
        )
    }
}

extension Schema {
    static let deliveries = array(of: reference("Delivery"))
}

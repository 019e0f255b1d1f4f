import Consent
import JSON

extension CheckHealth {
    package static var schema: MethodSchema {
        MethodSchema(
            "Tells whether the daemon, or one configuration by its name, is serving.",
            params: [.optional("service", Schema.string)],
            result: Schema.object([("status", Schema.choice(["SERVING", "NOT_SERVING"]))])
        )
    }
}

extension WatchHealth {
    package static var schema: MethodSchema {
        MethodSchema(
            "Streams the health of the daemon or of one configuration: the present one, then every change.",
            params: [.optional("service", Schema.string)],
            result: Schema.object([("reason", Schema.choice(["shutdown"]))]),
            notification: (
                notification,
                Schema.object([
                    ("id", [:]), ("status", Schema.choice(["SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"])),
                ])
            )
        )
    }
}

extension GetServiceStatus {
    package static var schema: MethodSchema {
        let usage = Schema.object([("used", Schema.integer), ("limit", Schema.integer)])
        let configuration = Schema.object([
            ("configuration_id", Schema.string), ("name", Schema.string),
            ("state", Schema.choice(["active", "paused", "held"])), ("state_reason?", Schema.string),
            ("breaker", Schema.choice(["closed", "open", "half_open"])), ("api_usage?", usage),
            ("last_error?", Schema.string),
        ])
        let journal = Schema.object([
            ("state", Schema.choice(["ok", "shedding", "failed"])), ("bytes", Schema.integer),
            ("segments", Schema.integer), ("last_sync_us", Schema.integer),
        ])
        return MethodSchema(
            "Tells how the daemon, its deliveries, its orgs and its journal stand.",
            result: Schema.object([
                ("state", Schema.choice(["SERVING", "NOT_SERVING"])), ("connections", Schema.integer),
                ("deliveries", Schema.object(DeliveryState.allCases.map { ($0.rawValue, Schema.integer) })),
                ("oldest_undelivered_ms", Schema.integer), ("configurations", Schema.array(of: configuration)),
                ("journal", journal), ("erasures_pending", Schema.integer),
            ])
        )
    }
}

extension ReadMetrics {
    package static var schema: MethodSchema {
        MethodSchema(
            "Gives all measurements as OpenMetrics text.",
            result: Schema.object([("content_type", Schema.string), ("text", Schema.string)])
        )
    }
}

extension Discover {
    package static var schema: MethodSchema {
        MethodSchema("Gives this document.", result: ["type": "object"])
    }
}

extension GetServerInfo {
    package static var schema: MethodSchema {
        MethodSchema(
            "Tells version, instance, start and every limit.",
            result: Schema.object([
                ("name", Schema.string), ("version", Schema.string), ("instance_id", Schema.string),
                ("started_at", Schema.time),
                ("limits", ["type": "object", "additionalProperties": Schema.integer]),
                ("features", Schema.array(of: Schema.string)),
            ])
        )
    }
}

extension WhoAmI {
    package static var schema: MethodSchema {
        MethodSchema(
            "Tells a caller who it is to the daemon.",
            result: Schema.object([
                ("uid", Schema.integer), ("gid", Schema.integer), ("groups", Schema.array(of: Schema.integer)),
                ("roles", Schema.array(of: Schema.choice(["publisher", "admin"]))),
                ("socket", Schema.choice(["publish", "admin"])),
            ])
        )
    }
}

extension CancelCall {
    package static var schema: MethodSchema {
        MethodSchema(
            "Ends a call of this connection that still waits; that call is answered with CANCELLED.",
            params: [.required("id", ["type": ["string", "number", "null"]])],
            result: Schema.empty
        )
    }
}

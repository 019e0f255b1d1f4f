import JSON
import TestSupport
import Testing

/// Every wrong parameter is named with its path, all at once.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ParameterTests {
    private let daemon: DaemonProcess
    private let client: RawClient

    init() async throws {
        daemon = try await DaemonProcess.start(allowsInsecureEndpoints: false)
        client = try daemon.admin()
    }

    private func expectFaults(_ method: String, _ params: JSONValue, _ paths: [String]) async throws {
        let answer = try await client.call(method, params)
        #expect(answer.code == -32602 && answer.status == "INVALID_ARGUMENT", "\(answer)")
        #expect(answer.faultPaths == paths.sorted(), "\(answer)")
    }

    @Test func everyFaultOfAConfigurationIsNamed() async throws {
        try await expectFaults(
            "createConfiguration",
            [
                "type_id": "sf-marketing", "name": "Bad Name", "authentication": ["url": 5, "client_id": "", "x": 1],
                "properties": [
                    "sobject": ["Lead", "Contact"], "match_field": 5, "on_multiple_matches": "first",
                    "create_defaults": [1], "api_version": "latest",
                ],
                "mappings": [
                    ["id": "", "value": "v"], ["id": "A__c"], ["id": "B__c", "value": "v", "type": "widget"],
                    ["id": "C__c", "value": "v", "invert": "no", "values": 5], 7,
                ],
                "upsert_mode": "yes", "regulations": [5], "nonsense": 1,
            ],
            [
                "type_id", "name", "authentication.url", "authentication.client_id", "authentication.client_secret",
                "authentication.x", "properties.sobject", "properties.match_field", "properties.on_multiple_matches",
                "properties.create_defaults", "properties.api_version", "mappings[0].id", "mappings[1].value",
                "mappings[2].type", "mappings[3].invert", "mappings[3].values", "mappings[4]", "upsert_mode",
                "regulations[0]", "nonsense",
            ]
        )
    }

    @Test func nothingIsRequiredButFourMembers() async throws {
        try await expectFaults(
            "createConfiguration",
            [:],
            ["type_id", "authentication", "properties.sobject", "mappings"]
        )
        try await expectFaults(
            "createConfiguration",
            [
                "type_id": "sf-sales-cloud", "authentication": [:], "properties": [:], "mappings": [],
            ],
            [
                "authentication.url", "authentication.client_id", "authentication.client_secret",
                "properties.sobject", "mappings",
            ]
        )
    }

    @Test func faultsOfTheCallAreNamedBesideThoseOfTheMethod() async throws {
        try await expectFaults(
            "getConfiguration",
            ["id": 5, "other": 1, "_meta": ["timeout_ms": 0, "idempotency_key": "", "more": 1]],
            ["id", "other", "_meta.timeout_ms", "_meta.idempotency_key", "_meta.more"]
        )
    }

    @Test func scalarsMayComeInAnArray() async throws {
        let calls: [(String, JSONValue, String)] = [
            ("deliveryStatus", ["dlv_x"], "DELIVERY_NOT_FOUND"), ("deliveryStatus", [.null, "e"], "EVENT_NOT_FOUND"),
            ("deliveryStatus", [.null, .null, "p", "cfg_00000009"], "CONFIGURATION_NOT_FOUND"),
            ("deliveryStatus", [.null, .null, "p", .null, 99_999], "AFTER_NEWEST"),
            ("getConfiguration", [.null, "n"], "CONFIGURATION_NOT_FOUND"),
            ("retryDelivery", [.null, "cfg_00000009", "failed"], "CONFIGURATION_NOT_FOUND"),
            ("listDeliveries", ["failed", "cfg_00000009", 5], "CONFIGURATION_NOT_FOUND"),
            ("health.check", ["nobody"], "SERVICE_UNKNOWN"),
            ("deleteConfiguration", ["cfg_00000009", 1, true], "CONFIGURATION_NOT_FOUND"),
        ]
        for (method, params, reason) in calls {
            let answer = try await client.call(method, params)
            #expect(answer.reason == reason, "\(method) \(params): \(answer)")
        }
        #expect(try await client.result("deliveryStatus", [.null, .null, "nobody"])["deliveries"] == [])
        try await expectFaults("cancelDelivery", ["dlv_x", 1], ["[1]"])
        for method in ["publishConsent", "createConfiguration", "updateConfiguration", "verifyConfiguration"] {
            try await expectFaults(method, [[:]], [""])
        }
        for method in ["rpc.whoami", "rpc.serverInfo", "serviceStatus"] { _ = try await client.result(method, []) }
    }

    @Test func configurationThatNeverWasIsNotFound() async throws {
        for id: JSONValue in ["cfg_00000009", "nonsense"] {
            for (method, params) in [
                ("deliveryStatus", ["organization_user_id": "ada@example.com", "configuration_id": id]),
                ("listDeliveries", ["configuration_id": id]),
                ("retryDelivery", ["configuration_id": id, "state": "failed"]),
                ("watchDeliveries", ["configuration_id": id]),
            ] as [(String, JSONValue)] {
                let answer = try await client.call(method, params)
                #expect(answer.code == 5 && answer.reason == "CONFIGURATION_NOT_FOUND", "\(method): \(answer)")
            }
        }
    }

    @Test func accountNeedsAMatchField() async throws {
        let params = Scene.configuration(
            url: "https://acme.my.salesforce.com",
            ["properties": ["sobject": ["Account"]]]
        )
        try await expectFaults("createConfiguration", params, ["properties.match_field"])
    }

    @Test(arguments: [
        "http://acme.my.salesforce.com", "https://example.com", "https://acme.my.salesforce.com.example.com",
        "https://user:pw@acme.my.salesforce.com", "ftp://acme.my.salesforce.com", "acme.my.salesforce.com", "",
        "https://", "http://127.0.0.1:8080", "https://salesforce.com.evil.example", "https://evilsalesforce.com",
    ])
    func foreignEndpointIsRefusedInWords(_ url: String) async throws {
        let answer = try await client.call("createConfiguration", Scene.configuration(url: url))
        #expect(answer.code == -32602 && answer.faultPaths == ["authentication.url"], "\(answer)")
        let words = answer["error"]?["data"]?["field_violations"]?[0]?["message"]?.stringValue ?? ""
        #expect(words.count > 10)
        if url == "https://example.com" { #expect(words.lowercased().contains("salesforce"), "\(words)") }
    }

    @Test(arguments: [
        "https://acme.my.salesforce.com", "https://acme.my.salesforce.com/", "https://ACME.my.salesforce.com",
        "https://acme.my.salesforce.com/services/oauth2/token", "https://acme.my.salesforce.com/services/data/v62.0",
    ])
    func endpointIsNormalisedToItsOrigin(_ url: String) async throws {
        let created = try await client.result("createConfiguration", Scene.configuration(url: url))
        #expect(created["authentication"]?["url"] == "https://acme.my.salesforce.com")
    }

    @Test func everyFaultOfAnEventIsNamed() async throws {
        try await expectFaults(
            "publishConsent",
            [
                "event": [
                    "organization_user_id": 5, "preferences": ["a": ["b": 1]], "created_at": "yesterday", "id": 1,
                ],
                "configuration_ids": "all", "wait_for": "tomorrow", "extra": 1,
            ],
            [
                "event.organization_user_id", "event.preferences.a", "event.created_at", "event.id",
                "configuration_ids", "wait_for", "extra",
            ]
        )
        try await expectFaults("publishConsent", [:], ["event"])
        try await expectFaults(
            "publishConsent",
            ["event": ["preferences": ["a": true]]],
            ["event.organization_user_id"]
        )
    }

    @Test func everyFaultOfAPlatformEventIsNamed() async throws {
        try await expectFaults(
            "publishConsent",
            [
                "event": [
                    "id": "e", "created_at": "2025-13-01T00:00:00Z", "status": "maybe",
                    "user": ["id": "u", "organization_user_id": ""],
                    "consents": [
                        "purposes": [["id": "p", "enabled": "yes"], ["enabled": true], ["id": "q", "values": 1]],
                        "channels": [["id": 1, "enabled": true]],
                    ],
                ]
            ],
            [
                "event.created_at", "event.status", "event.user.organization_user_id",
                "event.consents.purposes[0].enabled", "event.consents.purposes[1].id",
                "event.consents.purposes[2].values", "event.consents.channels[0].id",
            ]
        )
    }

    @Test func otherMethodsNameTheirFaultsToo() async throws {
        try await expectFaults(
            "listConfigurations",
            ["page_size": 0, "page_token": 5, "x": 1],
            ["page_size", "page_token", "x"]
        )
        try await expectFaults("listDeliveries", ["state": "lost", "page_size": "a"], ["state", "page_size"])
        try await expectFaults("health.check", ["service": 1, "y": 2], ["service", "y"])
        let answers = [
            try await client.call("deliveryStatus", [:]),
            try await client.call("deliveryStatus", ["delivery_id": "d", "event_id": "e"]),
            try await client.call("getConfiguration", [:]),
            try await client.call("retryDelivery", [:]),
            try await client.call("updateConfiguration", ["id": "cfg_1"]),
            try await client.call("listConfigurations", ["page_token": "never-issued"]),
        ]
        for answer in answers { #expect(answer.code == -32602 && !answer.faultPaths.isEmpty, "\(answer)") }
    }

    @Test func unknownThingsAreNotFound() async throws {
        let calls: [(String, JSONValue)] = [
            ("getConfiguration", ["id": "cfg_99"]), ("getConfiguration", ["name": "none"]),
            ("updateConfiguration", ["id": "cfg_99", "revision": 1, "patch": [:]]),
            ("deleteConfiguration", ["id": "cfg_99", "revision": 1]),
            ("deliveryStatus", ["delivery_id": "dlv_99"]), ("deliveryStatus", ["event_id": "e"]),
            ("retryDelivery", ["delivery_id": "dlv_99"]), ("health.check", ["service": "none"]),
        ]
        for (method, params) in calls {
            let answer = try await client.call(method, params)
            #expect(answer.code == 5 && answer.status == "NOT_FOUND", "\(method): \(answer)")
        }
        let nobody = try await client.result("deliveryStatus", ["organization_user_id": "nobody@example.com"])
        #expect(nobody["deliveries"] == [])
    }

    @Test func publishingWithoutAnyConfigurationStoresNothing() async throws {
        let params = Scene.publishing("a@b.example", Scene.newsletter(true), id: "nowhere")
        let answer = try await client.call("publishConsent", params)
        #expect(answer.code == 9 && answer.reason == "NO_CONFIGURATION", "\(answer)")
        #expect(try await client.call("deliveryStatus", ["event_id": "nowhere"]).code == 5)
    }

    @Test func eventFromTheFutureIsRefused() async throws {
        _ = try await client.result("createConfiguration", Scene.configuration(url: "https://acme.my.salesforce.com"))
        let params = Scene.publishing("a@b.example", Scene.newsletter(true), createdAt: "2999-01-01T00:00:00Z")
        let answer = try await client.call("publishConsent", params)
        #expect(answer.code == -32602 && answer.reason == "EVENT_FROM_THE_FUTURE", "\(answer)")
    }
}

import JSON
import TestSupport
import Testing

/// What the daemon tells of itself: status, measurements, and the document of its methods.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StatusTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
    }

    @Test func statusTellsHowEverythingStands() async throws {
        let configuration = try await scene.configure()
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        _ = try await scene.deliver("ada@example.com")
        let paused = try await scene.configure(["name": "resting"])
        try await scene.update(paused, ["paused": true])
        _ = try await scene.daemon.publisher().result(
            "publishConsent",
            Scene.publishing("bob@example.com", Scene.newsletter(true)).merging(
                patch: ["configuration_ids": .array([paused["id"] ?? .null])]
            )
        )
        let status = try await scene.daemon.result("serviceStatus")
        #expect(status["state"] == "SERVING" && status["connections"]?.intValue ?? 0 >= 1, "\(status)")
        #expect(status["deliveries"]?["delivered"] == 1 && status["deliveries"]?["held"] == 1, "\(status)")
        #expect(status["deliveries"]?["pending"] == 0 && status["oldest_undelivered_ms"]?.intValue != nil)
        let reports = status["configurations"]?.arrayValue ?? []
        #expect(reports.map { $0["state"] } == ["active", "paused"], "\(status)")
        #expect(reports.first?["configuration_id"] == configuration["id"] && reports.first?["breaker"] == "closed")
        #expect(status["journal"]?["state"] == "ok" && status["journal"]?["segments"]?.intValue ?? 0 >= 1)
        #expect(status["journal"]?["bytes"]?.intValue ?? 0 > 0 && status["erasures_pending"] == 0)
    }

    @Test func configurationsThatAreNamedBelongToWhatIsPublished() async throws {
        let ids = [try await scene.configure(["name": "one"]), try await scene.configure(["name": "two"])].map {
            $0["id"] ?? .null
        }
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "named")
        let client = try scene.daemon.publisher()
        func publish(_ named: [JSONValue]) async throws -> JSONValue {
            try await client.call("publishConsent", event.merging(patch: ["configuration_ids": .array(named)]))
        }
        #expect(try await publish([ids[0]])["result"]?["replayed"] == false)
        #expect(try await publish([ids[0], ids[0]])["result"]?["replayed"] == true)
        for others in [[ids[1]], ids, ["cfg_00000099"]] {
            let answer = try await publish(others)
            #expect(answer.reason == "KEY_REUSED", "nobody may think that these have it: \(answer)")
        }
        #expect(try await client.call("publishConsent", event).reason == "KEY_REUSED")
        let both = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "both")
        for (named, isReplayed) in [(ids, false), ([ids[1], ids[0]], true)] {
            let params = both.merging(patch: ["configuration_ids": .array(named)])
            #expect(try await client.result("publishConsent", params)["replayed"] == .bool(isReplayed))
        }
    }

    @Test func metricsAreOpenMetricsWithoutAnythingPersonal() async throws {
        try await scene.configure()
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        _ = try await scene.deliver("ada@example.com")
        let result = try await scene.daemon.result("metrics.read")
        #expect(result["content_type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        let text = try #require(result["text"]?.stringValue)
        #expect(text.hasSuffix("# EOF\n") && !text.contains("ada@example.com") && !text.contains("\n\n"))
        let lines = text.split(separator: "\n").map { String($0) }
        for sample in [
            #"consentd_publishes_total{result="accepted"} 1"#, #"consentd_deliveries{state="delivered"} 1"#,
            #"consentd_salesforce_calls_total{configuration_id="cfg_00000001",kind="update"} 1"#,
        ] { #expect(lines.contains(sample), "\(text)") }
        var families: Set<Substring> = []
        for line in lines where line.hasPrefix("# TYPE ") {
            #expect(families.insert(line.split(separator: " ")[2]).inserted, "\(line) twice")
        }
        for line in lines where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            #expect(families.contains { name.hasPrefix($0) }, "\(line) has no family")
            #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line) has no number")
        }
    }

    @Test func documentNamesEveryMethodAndItsAccess() async throws {
        let document = try await scene.daemon.publisher().result("rpc.discover")
        #expect(document["openrpc"]?.stringValue != nil && document["info"]?["version"]?.stringValue != nil)
        let methods = try #require(document["methods"]?.arrayValue)
        let names = methods.compactMap { $0["name"]?.stringValue }
        #expect(Set(names).count == methods.count && names.contains("publishConsent") && names.contains("rpc.discover"))
        for method in methods {
            let name = try #require(method["name"]?.stringValue)
            #expect(method["params"]?.arrayValue != nil && method["result"]?["schema"] != nil, "\(name)")
            // A member that no method has tells access and knowledge apart without doing anything.
            let refused = try await scene.daemon.publisher().call(name, ["no_such_member": 1])
            switch method["x-access"] {
            case "admin": #expect(refused.status == "PERMISSION_DENIED", "\(name): \(refused)")
            default:
                let expected = name == "watchDeliveries" ? "PERMISSION_DENIED" : "INVALID_ARGUMENT"
                #expect(refused.status == expected, "\(name): \(refused)")
            }
            let known = try await scene.daemon.admin().call(name, ["no_such_member": 1])
            #expect(known.faultPaths.contains("no_such_member"), "\(name): \(known)")
        }
    }

    @Test func everyReferenceInTheDocumentLeadsSomewhere() async throws {
        let document = try await scene.daemon.publisher().result("rpc.discover")
        let schemas = try #require(document["components"]?["schemas"]?.objectValue)
        var used: Set<String> = []
        func walk(_ value: JSONValue) {
            if let reference = value["$ref"]?.stringValue { used.insert(String(reference.dropFirst(21))) }
            for member in value.objectValue?.members ?? [] { walk(member.value) }
            for element in value.arrayValue ?? [] { walk(element) }
        }
        walk(document)
        #expect(used.contains("Delivery") && used.isSubset(of: schemas.names), "\(used)")
    }

    @Test func anOrgsPauseIsNoneOfTheConfigurationsHealth() async throws {
        let configuration = try await scene.configure(["name": "leads"])
        try await scene.simulator.fail(["fault": "daily_limit"])
        let watcher = try scene.daemon.publisher()
        try await watcher.send(RPCText.call("w", "health.watch", ["service": "leads"]))
        #expect(try await watcher.answer()["params"]?["status"] == "SERVING")
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting["reason"] == "REQUEST_LIMIT_EXCEEDED")
        let report = try await scene.daemon.result("serviceStatus")["configurations"]?[0]
        #expect(report?["state"] == "active" && report?["state_reason"] != nil, "\(report ?? .null)")
        let other = try scene.daemon.publisher()
        #expect(try await other.result("health.check", ["service": "leads"])["status"] == "SERVING")
        try await other.send(RPCText.call("w", "health.watch", ["service": "leads"]))
        #expect(try await other.answer()["params"]?["status"] == "SERVING")
        try await scene.update(configuration, ["paused": true])
        for client in [watcher, other] {
            #expect(try await client.answer()["params"]?["status"] == "NOT_SERVING", "the first change that there was")
        }
        #expect(try await scene.daemon.result("health.check", ["service": "leads"])["status"] == "NOT_SERVING")
    }
}

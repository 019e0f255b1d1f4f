import JSON
import TestSupport
import Testing

/// A daemon and the org that it writes to.
struct Scene: Sendable {
    let simulator: SimulatorProcess
    var daemon: DaemonProcess

    /// The id that the documented example maps to `Newsletter__c`.
    static let newsletter = "tFyHkpl"
    static let terminal: Set<String> = ["delivered", "skipped", "superseded", "failed", "cancelled"]

    static func start(simulator arguments: [String] = [], daemon flags: [String] = []) async throws -> Scene {
        Scene(
            simulator: try await SimulatorProcess.start(arguments: arguments),
            daemon: try await DaemonProcess.start(arguments: flags)
        )
    }

    // MARK: Inputs

    /// The smallest configuration, changed by a merge patch.
    static func configuration(url: String, _ changes: JSONValue = [:]) -> JSONValue {
        let smallest: JSONValue = [
            "type_id": "sf-sales-cloud",
            "authentication": [
                "url": .string(url), "client_id": .string(SimulatorProcess.clientID),
                "client_secret": .string(SimulatorProcess.clientSecret),
            ],
            "properties": ["sobject": ["Lead"]],
            "mappings": [["id": "Newsletter__c", "value": .string(newsletter)]],
        ]
        return smallest.merging(patch: changes)
    }

    /// The parameters of `publishConsent` in the short form.
    static func publishing(
        _ subject: String,
        _ preferences: JSONValue,
        id: String? = nil,
        createdAt: String? = nil,
        waitFor: String? = nil
    ) -> JSONValue {
        var event: JSONValue = ["organization_user_id": .string(subject), "preferences": preferences]
        if let id { event["id"] = .string(id) }
        if let createdAt { event["created_at"] = .string(createdAt) }
        var params: JSONValue = ["event": event]
        if let waitFor { params["wait_for"] = .string(waitFor) }
        return params
    }

    static func lead(_ email: String, _ more: JSONValue = [:]) -> JSONValue {
        (["Email": .string(email), "LastName": "Byron", "Company": "Analytical Engines"] as JSONValue)
            .merging(patch: more)
    }

    // MARK: Steps

    /// Creates a configuration for the simulator.
    @discardableResult
    func configure(_ changes: JSONValue = [:]) async throws -> JSONValue {
        try await daemon.result("createConfiguration", Self.configuration(url: simulator.url, changes))
    }

    /// Changes a configuration whatever its revision is.
    @discardableResult
    func update(_ configuration: JSONValue, _ patch: JSONValue) async throws -> JSONValue {
        let id = configuration["id"] ?? .null
        let current = try await daemon.result("getConfiguration", ["id": id])
        return try await daemon.result(
            "updateConfiguration",
            ["id": id, "revision": current["revision"] ?? .null, "patch": patch]
        )
    }

    /// Publishes, with one configuration, and gives the only delivery as it first was in one of the states.
    ///
    /// Every change is told by a watch that is there before the event: a poll that comes late would miss a state that
    /// ends by itself.
    func deliver(
        _ subject: String,
        _ preferences: JSONValue = newsletter(true),
        createdAt: String? = nil,
        until states: Set<String> = terminal
    ) async throws -> JSONValue {
        let watcher = try daemon.admin()
        try await watcher.send(RPCText.call(1, "watchDeliveries"))
        // Calls of one connection begin in order: once this one is answered, the watch is there.
        try await watcher.send(RPCText.call(2, "listConfigurations"))
        while try await watcher.answer()["id"] != 2 {}
        let params = Self.publishing(subject, preferences, createdAt: createdAt)
        let result = try await daemon.publisher().result("publishConsent", params)
        let id = try #require(result["deliveries"]?[0]?["delivery_id"])
        var last: JSONValue = .null
        do {
            while !states.contains(last.state ?? "") {
                let message = try await watcher.answer()
                let told = try #require(message["params"]?["delivery"], "\(message)")
                if told["delivery_id"] == id { last = told }
            }
            return last
        } catch let error as TimedOut {
            throw TimedOut(what: "a state among \(states.sorted()), but \(last): \(error.what)")
        }
    }

    /// The only delivery of an event once it is in one of the states.
    func delivery(of published: JSONValue, in states: Set<String> = terminal) async throws -> JSONValue {
        let id = try #require(published["deliveries"]?[0]?["delivery_id"])
        return try await delivery(id, in: states)
    }

    /// A delivery once it is in one of the states.
    func delivery(_ id: JSONValue, in states: Set<String> = terminal) async throws -> JSONValue {
        let client = try daemon.publisher()
        var last: JSONValue = .null
        do {
            return try await Patience.value("a state among \(states.sorted())") {
                last = try await client.result("deliveryStatus", ["delivery_id": id])["deliveries"]?[0] ?? .null
                return states.contains(last["state"]?.stringValue ?? "") ? last : nil
            }
        } catch let error as TimedOut {
            throw TimedOut(what: "\(error.what), but \(last)")
        }
    }

    /// The only record of a person.
    func record(_ subject: String, _ sobject: String = "Lead") async throws -> JSONValue {
        let records = try await simulator.records(sobject, subject: subject)
        #expect(records.count == 1)
        return records.first ?? .null
    }

    /// A number that the simulator has counted, such as `logins` or `calls.data`.
    func count(_ path: String) async throws -> Int {
        let statistics = try await simulator.statistics()
        return path.split(separator: ".").reduce(Optional(statistics)) { $0?[String($1)] }?.intValue ?? 0
    }
}

extension Scene {
    /// Preferences of the newsletter alone.
    static func newsletter(_ choice: Bool) -> JSONValue { .object(JSONObject([(newsletter, .bool(choice))])) }
}

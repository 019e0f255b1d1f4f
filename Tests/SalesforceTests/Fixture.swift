import Consent
import Delivery
import HTTPClient
import JSON
import Salesforce
import SalesforceSimulator
import Synchronization

/// A simulated org, a client for it, and a writer that both belong to.
struct Fixture: Sendable {
    let simulator: SalesforceSimulator
    let http: HTTPClient
    let writer: SalesforceWriter
    let clock = TestClock()
    var configuration: Configuration

    /// Runs a test against a fresh org and takes everything down again.
    static func run(
        limits: SalesforceLimits = SalesforceLimits(),
        _ body: (inout Fixture) async throws -> Void
    ) async throws {
        let simulator = SalesforceSimulator()
        let port = try await simulator.start()
        let http = try HTTPClient()
        var fixture = Fixture(simulator, http, port: port, limits: limits)
        do {
            try await body(&fixture)
        } catch {
            await http.shutdown()
            try await simulator.stop()
            throw error
        }
        await http.shutdown()
        try await simulator.stop()
    }

    private init(_ simulator: SalesforceSimulator, _ http: HTTPClient, port: Int, limits: SalesforceLimits) {
        self.simulator = simulator
        self.http = http
        let clock = clock
        writer = SalesforceWriter(http: http, allowInsecure: true, limits: limits) { clock.now }
        configuration = Self.configuration(origin: "http://127.0.0.1:\(port)")
    }

    /// A configuration for Leads by Email with the simulator's credentials.
    static func configuration(origin: String) -> Configuration {
        let moment = Timestamp(milliseconds: 0)
        return Configuration(
            id: ConfigurationID(ordinal: 1),
            name: "leads",
            origin: origin,
            clientID: "simulator-client",
            clientSecret: Secret("simulator-secret"),
            recordKind: .lead,
            matchField: "Email",
            mappings: [Mapping(field: "Newsletter__c", value: "tFyHkpl")],
            createdAt: moment,
            updatedAt: moment
        )
    }

    /// A choice for a field that is mapped plainly.
    static func choice(_ field: String, _ choice: Choice) -> FieldChoice {
        FieldChoice(mapping: Mapping(field: field, value: "tFyHkpl"), choice: choice)
    }

    /// Updates that grant the newsletter.
    static func grants(_ recordIDs: [String]) -> [RecordUpdate] {
        recordIDs.map { RecordUpdate(recordID: $0, fields: [choice("Newsletter__c", .granted)]) }
    }

    func calls(_ kind: RequestKind) -> Int {
        simulator.statistics.callsByKind[kind] ?? 0
    }
}

/// A clock that only a test moves.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_770_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }

    func advance(by duration: Duration) {
        moment.withLock { $0 = $0 + duration }
    }
}

extension WriteOutcome {
    var failure: Failure? {
        if case .failed(let failure) = self { failure } else { nil }
    }

    var recordID: String? {
        if case .written(let recordID, _, _) = self { recordID } else { nil }
    }
}

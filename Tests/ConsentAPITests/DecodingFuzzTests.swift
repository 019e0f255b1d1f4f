import Consent
import ConsentAPI
import JSON
import JSONRPC
import TestSupport
import Testing

/// Parameters changed at random are decoded to a value or to faults with paths, never to a trap.
struct DecodingFuzzTests {
    /// What became of parameters: the paths of the faults, nil for a valid value.
    private typealias Decode = (JSONValue) throws -> [String]?

    private static func decoder<Method: RPCMethod>(_ type: Method.Type) -> (String, Decode) {
        (
            Method.name,
            { params in
                let reader = ParamsReader(params.objectValue ?? JSONObject(), context: .test)
                _ = CallMetadata.decode(reader)
                let method = Method.decode(reader)
                reader.finish()
                if method == nil { #expect(!reader.violations.isEmpty, "\(Method.name) hides a fault: \(params)") }
                return reader.violations.isEmpty ? nil : reader.violations.map(\.path)
            }
        )
    }

    private static func allDecoders() -> [String: Decode] {
        var decoders = Dictionary(uniqueKeysWithValues: [
            decoder(CancelCall.self), decoder(CancelDelivery.self), decoder(CheckHealth.self),
            decoder(CreateConfiguration.self), decoder(DeleteConfiguration.self), decoder(Discover.self),
            decoder(EraseSubject.self), decoder(ExplainSubject.self), decoder(GetConfiguration.self),
            decoder(GetDeliveryStatus.self), decoder(GetServerInfo.self), decoder(GetServiceStatus.self),
            decoder(ListConfigurations.self), decoder(ListDeliveries.self), decoder(ReadMetrics.self),
            decoder(RetryDelivery.self), decoder(UpdateConfiguration.self), decoder(VerifyConfiguration.self),
            decoder(WatchDeliveries.self), decoder(WatchHealth.self), decoder(WhoAmI.self),
        ])
        decoders[PublishConsent.name] = { params in
            guard let error = try publishError(params.description) else { return nil }
            return error.status == .notFound ? ["configuration_ids"] : error.fieldViolations.map(\.path)
        }
        return decoders
    }

    /// With `CONSENTD_FUZZ_EXECUTIONS` and `CONSENTD_FUZZ_SEED` as long and as often as wanted.
    @Test func changedParametersAreAValueOrFaults() async throws {
        let decoders = Self.allDecoders()
        var random = SeededGenerator(seed: Corpus.seed)
        let requests = try Corpus.requests().map { try JSONValue.parse($0) }.filter { $0["method"] != nil }
        let methods = Set(requests.compactMap { $0["method"]?.stringValue })
        #expect(methods.isSuperset(of: decoders.keys))
        var validCount = 0
        let executions = Corpus.executions(5_000)
        for round in 0..<executions {
            // Other tests wait for answers in time on the same few threads.
            await Task.yield()
            let request = requests[Int.random(in: 0..<requests.count, using: &random)]
            var params = request["params"] ?? [:]
            for _ in 0..<Int.random(in: 1...3, using: &random) { params = Mutation.value(params, using: &random) }
            let decode = try #require(decoders[request["method"]?.stringValue ?? ""])
            guard let paths = try decode(params) else {
                validCount += 1
                continue
            }
            if paths.isEmpty { Issue.record("round \(round) of seed \(Corpus.seed): no fault is named in \(params)") }
        }
        #expect(validCount > 0 && validCount < executions, "both ends are reached")
    }
}

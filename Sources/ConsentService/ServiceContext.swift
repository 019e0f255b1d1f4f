import Consent
import ConsentAPI
import ConsentStore

/// What every connection shares.
struct ServiceContext: Sendable {
    let store: ConsentStore
    let methods: MethodTable
    let limits: ServiceLimits
    let now: @Sendable () -> Timestamp
    let normaliseEndpoint: ParamsReader.EndpointNormaliser

    func decodingContext(_ now: Timestamp) -> ParamsReader.Context {
        ParamsReader.Context(now: now, normaliseEndpoint: normaliseEndpoint)
    }
}

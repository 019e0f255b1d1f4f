import Consent
import ConsentAPI
import ConsentService
import ConsentStore
import Logging
import Salesforce

extension Daemon {
    /// What the sockets serve, and to whom.
    func serverOptions(_ sockets: [SocketRole: ListeningSocket]) -> ConsentServer.Options {
        var limits = ServiceLimits()
        limits.pendingMax = settings.pendingMax
        limits.fit(descriptorsMax: ResourceLimit.openDescriptors)
        let allowsInsecureEndpoints = settings.allowsInsecureEndpoints
        var generator = SystemRandomNumberGenerator()
        var options = ConsentServer.Options(
            sockets: sockets,
            limits: limits,
            identity: ServerIdentity(
                version: BuildInformation.version,
                instanceID: generator.next().hexadecimal,
                startedAt: WallClock.now(),
                features: allowsInsecureEndpoints ? ["insecure-endpoints"] : []
            ),
            metrics: metrics,
            audit: AuditLog(threshold: threshold, isJournal: isJournal).record
        ) { (url) throws(ParamsReader.EndpointFault) in
            do {
                return try SalesforceEndpoint.normalise(url, allowInsecure: allowsInsecureEndpoints)
            } catch {
                throw ParamsReader.EndpointFault(message: "\(error)")
            }
        }
        options.onFault = { [logger] logID, fault in
            logger.log(.internalError, .error, "internal error", ["log.id": "\(logID)", "fault": "\(fault)"])
        }
        return options
    }
}

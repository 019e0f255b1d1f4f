import Consent
import ConsentAPI
import ConsentService
import ConsentStore
import Delivery
import Glibc
import HTTPClient
import Journal
import Logging
import Salesforce
import ServiceLifecycle
import SystemPackage
import Systemd
import UnixSignals

/// The composition root: builds every part from the settings and runs them until it is asked to stop.
struct Daemon {
    let settings: Settings
    let logger: Logger

    init(settings: Settings) {
        self.settings = settings
        var logger = Logger(label: "consentd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
        self.logger = logger
    }

    /// Returns once a signal asked for it and everything accepted was answered.
    func run() async throws(DaemonError) {
        signal(SIGPIPE, SIG_IGN)
        let sockets = try takeSockets()
        let recovered = try recover()
        let failure = JournalFailure()
        let store = ConsentStore(recovered) { failure.report($0) }
        store.start()
        let http = try makeHTTPClient()
        let engine = DeliveryEngine(
            outbox: store,
            writer: SalesforceWriter(
                http: http,
                allowInsecure: settings.allowsInsecureEndpoints,
                now: WallClock.now
            )
        )
        let server = ConsentServer(store: store, options: serverOptions(sockets))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: StoreService(store: store)),
                    .init(service: DeliveryService(engine: engine, store: store, http: http)),
                    .init(service: FrontService(server: server, logger: logger)),
                    .init(service: failure, failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch let error as DaemonError {
            throw error
        } catch let error as ListenError {
            throw .listen(error)
        } catch {
            throw .failed("\(error)")
        }
        logger.info("stopped")
    }

    private func takeSockets() throws(DaemonError) -> [SocketRole: ListeningSocket] {
        let inherited: [String: Int32]
        do {
            inherited = try SocketActivation.take(expected: Set(SocketRole.allCases.map(\.rawValue)))
        } catch {
            throw .sockets("socket activation: \(error)")
        }
        var sockets: [SocketRole: ListeningSocket] = [:]
        for role in SocketRole.allCases {
            if let descriptor = inherited[role.rawValue] { sockets[role] = .inherited(descriptor) }
        }
        guard let directory = settings.socketDirectory else {
            guard !sockets.isEmpty else {
                throw .usage("no sockets: give --socket-directory, or start consentd by its socket units")
            }
            return sockets
        }
        guard sockets.isEmpty else { throw .usage("--socket-directory: not together with sockets from systemd") }
        for role in SocketRole.allCases { sockets[role] = .path(directory.appending(role.fileName)) }
        return sockets
    }

    private func recover() throws(DaemonError) -> RecoveredState {
        let path = settings.stateDirectory
        guard unsafe mkdir(path.string, 0o700) == 0 || errno == EEXIST else {
            throw .stateDirectory(path, Errno(rawValue: errno))
        }
        var options = JournalOptions()
        options.journalBytesMax = settings.journalBytesMax
        options.freeBytesMin = settings.freeBytesMin
        // One record may be as large as the largest request.
        options.batchBytesMax = 5 << 20
        var limits = StoreLimits()
        limits.pendingMax = settings.pendingMax
        do throws(JournalError) {
            let recovered = try RecoveredState.open(settings.journalDirectory, options: options, limits: limits)
            log(recovered.report)
            return recovered
        } catch {
            throw .journal(error)
        }
    }

    private func log(_ report: RecoveryReport) {
        logger.info(
            "journal replayed",
            metadata: [
                "journal.next_seq": "\(report.nextSequenceNumber)",
                "journal.segments": "\(report.segmentCount)",
            ]
        )
        guard let torn = report.tornTail else { return }
        logger.warning(
            "journal had an unfinished end, which was set aside",
            metadata: ["journal.file": "\(torn.file)", "journal.offset": "\(torn.offset)"]
        )
    }

    private func makeHTTPClient() throws(DaemonError) -> HTTPClient {
        var options = HTTPClientOptions()
        options.userAgent = "consentd/\(BuildInformation.version)"
        do {
            return try HTTPClient(options: options)
        } catch {
            throw .failed("HTTP client: \(error)")
        }
    }

    private func serverOptions(_ sockets: [SocketRole: ListeningSocket]) -> ConsentServer.Options {
        var limits = ServiceLimits()
        limits.pendingMax = settings.pendingMax
        let allowsInsecureEndpoints = settings.allowsInsecureEndpoints
        var generator = SystemRandomNumberGenerator()
        return ConsentServer.Options(
            sockets: sockets,
            limits: limits,
            identity: ServerIdentity(
                version: BuildInformation.version,
                instanceID: generator.next().hexadecimal,
                startedAt: WallClock.now(),
                features: allowsInsecureEndpoints ? ["insecure-endpoints"] : []
            )
        ) { (url) throws(ParamsReader.EndpointFault) in
            do {
                return try SalesforceEndpoint.normalise(url, allowInsecure: allowsInsecureEndpoints)
            } catch {
                throw ParamsReader.EndpointFault(message: "\(error)")
            }
        }
    }
}

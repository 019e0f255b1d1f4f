import Consent
import ConsentAPI
import ConsentService
import ConsentStore
import Delivery
import Glibc
import HTTPClient
import Journal
import Logging
import OpenMetrics
import Salesforce
import ServiceLifecycle
import SystemPackage
import Systemd
import UnixSignals

/// The composition root: builds every part from the settings and runs them until it is asked to stop.
struct Daemon {
    let settings: Settings
    let options: GivenOptions
    let current: CurrentSettings
    let threshold: LogThreshold
    /// Whether the log takes structured entries.
    let isJournal: Bool
    let notice = StatusNotice()
    let metrics = ConsentServer.metricRegistry()
    let logger: Logger
    /// Why the journal is not even opened.
    let outage: Outage?

    init(settings: Settings, options: GivenOptions, outage: Outage? = nil) {
        self.settings = settings
        self.options = options
        self.outage = outage
        current = CurrentSettings(settings)
        let threshold = LogThreshold(settings.logLevel)
        self.threshold = threshold
        let isJournal = JournalLog.isJournalStream()
        self.isJournal = isJournal
        logger = Logger(label: "consentd") { _ in DaemonLogHandler(threshold: threshold, isJournal: isJournal) }
    }

    /// Returns once a signal asked for it, or nobody needs it, and everything accepted was answered.
    func run() async throws(DaemonError) {
        signal(SIGPIPE, SIG_IGN)
        let sockets = try takeSockets()
        let failure = JournalFailure(logger: logger)
        if let outage {
            try await run(outage, sockets)
        } else {
            let store: ConsentStore
            do throws(DaemonError) {
                let recovered = try await recover(isActivated: sockets.isActivated)
                store = ConsentStore(recovered, metrics: metrics) { failure.report($0) }
            } catch {
                // Under activation a client is waiting: an end would only bring the next start, until systemd gives up.
                guard sockets.isActivated, let outage = Outage(error) else { throw error }
                return try await run(outage, sockets)
            }
            try await run(store, failure, sockets)
        }
        logger.log(.stopped, .info, "stopped")
    }

    private func run(
        _ store: ConsentStore,
        _ failure: JournalFailure,
        _ sockets: [SocketRole: ListeningSocket]
    ) async throws(DaemonError) {
        store.start()
        let http = try makeHTTPClient()
        let writer = SalesforceWriter(
            http: http,
            allowInsecure: settings.allowsInsecureEndpoints,
            now: WallClock.now
        )
        store.perform { store in store.onErasure = { writer.forget($0) } }
        var delivery = DeliveryOptions()
        delivery.bulkThreshold = settings.bulkThreshold
        let engine = DeliveryEngine(
            outbox: store,
            writer: writer,
            options: delivery,
            clock: Fault.deliveryClock,
            metrics: metrics
        )
        let verifier = ConfigurationVerifier { await writer.verify($0) }
        var options = serverOptions(sockets)
        options.deliveryStatistics = { await engine.statistics() }
        let server = ConsentServer(store: store, verifier: verifier, options: options)
        let mark = sockets.isActivated ? ResumeMark(stateDirectory: settings.stateDirectory) : nil
        mark?.arm()
        try await run(
            [
                .init(service: StoreService(store: store, mark: mark), serviceName: "store"),
                .init(service: DeliveryService(engine: engine, store: store, http: http), serviceName: "delivery"),
                .init(service: FrontService(server: server, status: nil, logger: logger), serviceName: "front"),
                .init(service: verifier, serviceName: "verifier"),
                .init(
                    service: failure,
                    failureTerminationBehavior: .gracefullyShutdownGroup,
                    serviceName: "journal failure"
                ),
                .init(service: StatusService(server: server, store: store, notice: notice), serviceName: "status"),
            ],
            server: server,
            store: store,
            delivery: WatchdogService.DeliverySide(engine: engine, http: http)
        )
    }

    /// Serves nothing but the reason why.
    private func run(_ outage: Outage, _ sockets: [SocketRole: ListeningSocket]) async throws(DaemonError) {
        logger.log(.journalRefused, .error, "the journal is not served", ["reason": "\(outage.message)"])
        let server = ConsentServer(outage: outage, options: serverOptions(sockets))
        let front = FrontService(server: server, status: "Not serving: \(outage.message)", logger: logger)
        var services = [ServiceGroupConfiguration.ServiceConfiguration(service: front, serviceName: "front")]
        if case .unavailable = outage {
            services.append(
                .init(
                    service: RetryService(),
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    serviceName: "retry"
                )
            )
        }
        try await run(
            services,
            server: server,
            store: nil,
            delivery: nil
        )
    }

    /// Every service has a name of its own, since the default is a print of all that it holds.
    private func run(
        _ services: [ServiceGroupConfiguration.ServiceConfiguration],
        server: ConsentServer,
        store: ConsentStore?,
        delivery: WatchdogService.DeliverySide?
    ) async throws(DaemonError) {
        var services = services
        services.append(
            .init(
                service: ReloadService(
                    options: options,
                    current: current,
                    threshold: threshold,
                    notice: notice,
                    endsWhenRepaired: store == nil,
                    logger: logger
                ),
                successTerminationBehavior: .gracefullyShutdownGroup,
                serviceName: "reload"
            )
        )
        services.append(
            .init(
                service: IdleExitService(server: server, store: store, current: current, logger: logger),
                successTerminationBehavior: .gracefullyShutdownGroup,
                serviceName: "idle exit"
            )
        )
        do {
            if let interval = try Watchdog.interval() {
                services.append(
                    .init(
                        service: WatchdogService(
                            interval: interval,
                            server: server,
                            store: store,
                            delivery: delivery,
                            logger: logger
                        ),
                        serviceName: "watchdog"
                    )
                )
            }
            try await ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: services,
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            ).run()
        } catch let error as DaemonError {
            throw error
        } catch let error as ListenError {
            throw .listen(error)
        } catch {
            throw .failed("\(error)")
        }
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

    func recover() throws(DaemonError) -> RecoveredState {
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
        limits.erasureDeadline = settings.erasureDeadline
        do throws(JournalError) {
            let recovered = try RecoveredState.open(
                settings.journalDirectory,
                options: options,
                key: try journalKey(),
                limits: limits
            )
            log(recovered.report)
            return recovered
        } catch {
            throw .journal(error)
        }
    }

    /// The credential if one was passed, else the state directory's own key file, which a first start makes.
    private func journalKey() throws(JournalError) -> KeyEncryptionKey {
        guard let credentials = Credentials.passed() else { return try ownKey() }
        let content: [UInt8]
        do throws(SystemdError) {
            content = try credentials.read(KeyFile.name, bytesMax: 4_096)
        } catch {
            if case .credentialMissing = error { return try ownKey() }
            throw .key(.unreadable)
        }
        guard let key = KeyEncryptionKey(content) else { throw .key(.malformed) }
        return key
    }

    private func ownKey() throws(JournalError) -> KeyEncryptionKey {
        try KeyFile.readOrCreate(stateDirectory: settings.stateDirectory, journal: settings.journalDirectory)
    }

    private func log(_ report: RecoveryReport) {
        logger.log(
            .journalReplayed,
            .info,
            "journal replayed",
            ["seq": "\(report.nextSequenceNumber)", "segments": "\(report.segmentCount)"]
        )
        guard let torn = report.tornTail else { return }
        logger.log(
            .journalTornTail,
            .warning,
            "journal had an unfinished end, which was set aside",
            ["file": "\(torn.file)", "offset": "\(torn.offset)"]
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
}

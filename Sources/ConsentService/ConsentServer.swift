package import Consent
package import ConsentAPI
package import ConsentStore
package import Delivery
import Glibc
import JSONRPC
import NIOCore
import NIOPosix
package import OpenMetrics
import ServiceLifecycle
import Synchronization
import SystemPackage

/// Serves both sockets until it is asked to stop, and then answers what it has read.
package final class ConsentServer: Service {
    private let options: Options
    private let context: ServiceContext
    private let registry: ConnectionRegistry
    private let group: MultiThreadedEventLoopGroup
    private let listeners = Mutex<[any Channel]>([])

    var currentListeners: [any Channel] { listeners.withLock { $0 } }
    var eventLoop: any EventLoop { group.next() }

    /// What it serves, and to whom.
    package struct Options: Sendable {
        package var sockets: [SocketRole: ListeningSocket]
        package var limits: ServiceLimits
        package var identity: ServerIdentity
        /// Where everything is counted that `metrics.read` tells.
        package var metrics: MetricRegistry
        /// How long a stop waits for answers that are still under way.
        package var stopTimeout: Duration
        package var now: @Sendable () -> Timestamp
        /// Asked how delivery stands.
        package var deliveryStatistics: @Sendable () async -> DeliveryStatistics = { DeliveryStatistics() }
        /// Told of every call that changes something, several at a time, on a connection's event loop.
        package var audit: (@Sendable ([AuditEntry]) -> Void)?
        /// Told of what answers INTERNAL: the id that the caller gets, and a word on what it is.
        package var onFault: @Sendable (_ logID: String, _ fault: String) -> Void = { _, _ in }
        package var normaliseEndpoint: ParamsReader.EndpointNormaliser

        package init(
            sockets: [SocketRole: ListeningSocket],
            limits: ServiceLimits = ServiceLimits(),
            identity: ServerIdentity,
            metrics: MetricRegistry,
            stopTimeout: Duration = .seconds(4),
            now: @escaping @Sendable () -> Timestamp = WallClock.now,
            audit: (@Sendable ([AuditEntry]) -> Void)? = nil,
            normaliseEndpoint: @escaping ParamsReader.EndpointNormaliser
        ) {
            self.sockets = sockets
            self.limits = limits
            self.identity = identity
            self.metrics = metrics
            self.stopTimeout = stopTimeout
            self.now = now
            self.audit = audit
            self.normaliseEndpoint = normaliseEndpoint
        }
    }

    /// Serves a store.
    package convenience init(store: ConsentStore, verifier: ConfigurationVerifier, options: Options) {
        self.init(store: store, verifier: verifier, outage: nil, options: options)
    }

    /// Tells every caller why there is no store to serve.
    package convenience init(outage: Outage, options: Options) {
        self.init(store: nil, verifier: nil, outage: outage, options: options)
    }

    private init(
        store: ConsentStore?,
        verifier: ConfigurationVerifier?,
        outage: Outage?,
        options: Options
    ) {
        self.options = options
        registry = ConnectionRegistry(limits: options.limits, ownUserID: geteuid(), metrics: options.metrics)
        let reporter = StatusReporter(
            identity: options.identity,
            registry: registry,
            store: store,
            now: options.now,
            delivery: options.deliveryStatistics
        )
        let handlers = Handlers(
            identity: options.identity,
            limits: options.limits,
            isServing: outage == nil,
            verifier: verifier,
            gauges: ReportGauges(options.metrics)
        )
        let methods = handlers.table()
        context = ServiceContext(
            store: store,
            outage: outage,
            audit: options.audit,
            methods: methods,
            meters: RequestMeters(methods: methods.names, options.metrics),
            reporter: reporter,
            limits: options.limits,
            now: options.now,
            normaliseEndpoint: options.normaliseEndpoint
        )
        // One loop: on a small host a second would cost more in wake-ups than it brings.
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// How many connections there are.
    package var connectionCount: Int { registry.count }

    /// How many connections there ever were.
    package var admittedCount: UInt64 { registry.admittedCount }

    /// Listens until the service group shuts down; `onListening` runs once every socket takes connections.
    ///
    /// - Throws: `ListenError` before anything is served.
    package func run(onListening: @Sendable () async throws -> Void) async throws {
        var listeners: [any Channel] = []
        do {
            for (role, socket) in options.sockets.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                listeners.append(try await listen(socket, role))
            }
            self.listeners.withLock { $0 = listeners }
            try await onListening()
            try await withThrowingTaskGroup { group in
                group.addTask { [context] in await context.reporter.run() }
                try? await gracefulShutdown()
                try await stop(listeners)
                group.cancelAll()
            }
        } catch {
            for listener in listeners { try? await listener.close() }
            try await group.shutDown()
            throw error
        }
        try await group.shutDown()
    }

    package func run() async throws {
        try await run {}
    }

    private func stop(_ listeners: [any Channel]) async throws {
        for listener in listeners { try await listener.close() }
        for case .path(let path) in options.sockets.values { _ = unsafe unlink(path.string) }
        let timeout = options.stopTimeout
        let registry = registry
        await withTaskGroup { group in
            group.addTask { await registry.stop() }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            registry.giveUp()
            group.cancelAll()
        }
    }

    private func listen(_ socket: ListeningSocket, _ role: SocketRole) async throws -> any Channel {
        let isActivated = if case .inherited = socket { true } else { false }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.maxMessagesPerRead, value: UInt(ServiceLimits.acceptsPerTurn))
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 16 << 10, maximum: 256 << 10)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(
                    low: options.limits.outputBytesPerConnectionMax / 4,
                    high: options.limits.outputBytesPerConnectionMax
                )
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.admit(channel, role, isActivated: isActivated)
                }
            }
        switch socket {
        case .inherited(let descriptor): return try await bootstrap.withBoundSocket(descriptor).get()
        case .path(let path):
            try ListeningSocket.clear(path)
            return try await bootstrap.withBoundSocket(ListeningSocket.bind(path)).get()
        }
    }

    private func refusal(_ error: ErrorObject) -> RefusalHandler {
        registry.countRefusal(error.reason)
        return RefusalHandler(error, limits: options.limits, registry: registry)
    }

    private func admit(_ channel: any Channel, _ role: SocketRole, isActivated: Bool) throws {
        guard let peer = PeerCredentials.of(channel) else {
            let error = ErrorObject.status(
                .unauthenticated,
                reason: "NO_PEER_CREDENTIALS",
                message: "the kernel does not say who is calling"
            )
            try channel.pipeline.syncOperations.addHandler(refusal(error))
            return
        }
        let isOwn = peer.userID == 0 || peer.userID == geteuid()
        guard isActivated || isOwn else {
            let error = ErrorObject.status(
                .permissionDenied,
                reason: "FOREIGN_USER",
                message: "a daemon started by hand serves its own user and root only; the installed one answers on "
                    + "/run/consentd/\(role.fileName) for members of the group \(role.groupName)"
            )
            try channel.pipeline.syncOperations.addHandler(refusal(error))
            return
        }
        let box = NIOLoopBoundBox<ConnectionHandler?>(nil, eventLoop: channel.eventLoop)
        let connection = Connection(
            peer: peer,
            role: role,
            channel: channel,
            auditsPublishes: options.audit != nil,
            onFault: options.onFault
        ) { [context] connection in
            if let handler = box.value {
                handler.flush()
            } else {
                // Nobody is there to be answered; what was done is told all the same.
                context.tell(connection.drain(), of: connection)
            }
        }
        let refusal = registry.admit(connection.id, peer) {
            channel.eventLoop.execute { box.value?.stop() }
        }
        if let refusal {
            try channel.pipeline.syncOperations.addHandler(self.refusal(refusal))
            return
        }
        let registry = registry
        let handler = ConnectionHandler(service: context, connection: connection) {
            box.value = nil
            registry.remove(connection.id, peer)
        }
        box.value = handler
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}

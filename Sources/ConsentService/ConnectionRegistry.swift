import CoreMetrics
import JSONRPC
import NIOCore
import Synchronization

/// Counts connections, all of them and each user's, and knows them for the end.
final class ConnectionRegistry: Sendable {
    private let limits: ServiceLimits
    private let ownUserID: UInt32
    private let metrics: any MetricsFactory
    private let admissions: Counter
    private let state = Mutex(State())

    private struct State {
        var perUser: [UInt32: Int] = [:]
        var connections: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var admittedCount: UInt64 = 0
        var lingeringCount = 0
        var isStopping = false
        var onEmpty: CheckedContinuation<Void, Never>?
    }

    init(limits: ServiceLimits, ownUserID: UInt32, metrics: any MetricsFactory) {
        self.limits = limits
        self.ownUserID = ownUserID
        self.metrics = metrics
        admissions = Counter(label: "consentd_connections_admitted", factory: metrics)
    }

    /// How many there are.
    var count: Int { state.withLock { $0.connections.count } }

    /// How many there ever were.
    var admittedCount: UInt64 { state.withLock { $0.admittedCount } }

    /// Takes a connection in, or says why not.
    ///
    /// `stop` asks it to answer what it has read and close.
    func admit(_ id: ObjectIdentifier, _ peer: PeerCredentials, stop: @escaping @Sendable () -> Void) -> ErrorObject? {
        state.withLock { state in
            if state.isStopping {
                return .status(
                    .unavailable,
                    reason: "SHUTTING_DOWN",
                    message: "the daemon is stopping; connect again",
                    retryAfterMilliseconds: 1_000
                )
            }
            let isPrivileged = peer.userID == 0 || peer.userID == ownUserID
            let ceiling = limits.connectionsMax + (isPrivileged ? limits.reservedConnections : 0)
            guard state.connections.count < ceiling else {
                return .tooManyConnections("\(limits.connectionsMax) connections are open")
            }
            guard isPrivileged || state.perUser[peer.userID, default: 0] < limits.connectionsPerUserMax else {
                return .tooManyConnections("\(limits.connectionsPerUserMax) connections of this user are open")
            }
            state.perUser[peer.userID, default: 0] += 1
            state.connections[id] = stop
            state.admittedCount += 1
            admissions.increment()
            return nil
        }
    }

    /// Counts a connection that is turned away.
    func countRefusal(_ reason: String) {
        Counter(label: "consentd_connections_refused", dimensions: [("reason", reason)], factory: metrics).increment()
    }

    /// Lets a refused connection stay open for a moment; false when so many do that they could take up all descriptors.
    func beginLingering() -> Bool {
        state.withLock { state in
            guard !state.isStopping, state.lingeringCount < limits.lingeringConnectionsMax else { return false }
            state.lingeringCount += 1
            return true
        }
    }

    /// Takes back `beginLingering()`.
    func endLingering() {
        state.withLock { $0.lingeringCount -= 1 }
    }

    /// Forgets a connection that is gone.
    func remove(_ id: ObjectIdentifier, _ peer: PeerCredentials) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.connections.removeValue(forKey: id) != nil else { return nil }
            let left = state.perUser[peer.userID, default: 1] - 1
            state.perUser[peer.userID] = left == 0 ? nil : left
            guard state.isStopping, state.connections.isEmpty else { return nil }
            defer { state.onEmpty = nil }
            return state.onEmpty
        }
        waiter?.resume()
    }

    /// Admits nobody any more, asks everyone to end, and returns when all have.
    func stop() async {
        await withCheckedContinuation { continuation in
            let stops = state.withLock { state -> [@Sendable () -> Void] in
                state.isStopping = true
                if !state.connections.isEmpty { state.onEmpty = continuation }
                return Array(state.connections.values)
            }
            if stops.isEmpty { continuation.resume() }
            for stop in stops { stop() }
        }
    }

    /// Lets `stop()` return although not all have ended.
    func giveUp() {
        let waiter = state.withLock { state in
            defer { state.onEmpty = nil }
            return state.onEmpty
        }
        waiter?.resume()
    }
}

extension ErrorObject {
    fileprivate static func tooManyConnections(_ message: String) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "TOO_MANY_CONNECTIONS",
            message: message,
            retryAfterMilliseconds: 1_000
        )
    }
}

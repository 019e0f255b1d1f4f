import ConsentAPI
import CoreMetrics
import JSONRPC
import NIOCore
import Synchronization

/// Counts how the requests of one method end, and how long they take.
///
/// Handles are made when they are first needed and kept; a publish that succeeds finds its own without a lock.
final class RequestMeter: Sendable {
    private let method: String
    private let metrics: any MetricsFactory
    private let success = AtomicLazyReference<Counter>()
    private let durations = AtomicLazyReference<Timer>()
    private let failures = Mutex<[RPCStatus: Counter]>([:])

    init(_ method: String, _ metrics: any MetricsFactory) {
        self.method = method
        self.metrics = metrics
    }

    /// Counts one that was read at `start`.
    func ended(_ status: RPCStatus, readAt start: NIODeadline, now: NIODeadline = .now()) {
        counter(status).increment()
        duration.recordNanoseconds((now - start).nanoseconds)
    }

    private var duration: Timer {
        durations.load()
            ?? durations.storeIfNil(
                Timer(label: "consentd_request_seconds", dimensions: [("method", method)], factory: metrics)
            )
    }

    private func counter(_ status: RPCStatus) -> Counter {
        guard status != .ok else { return success.load() ?? success.storeIfNil(makeCounter(status)) }
        return failures.withLock { failures in
            if let counter = failures[status] { return counter }
            let counter = makeCounter(status)
            failures[status] = counter
            return counter
        }
    }

    private func makeCounter(_ status: RPCStatus) -> Counter {
        let dimensions = [("method", method), ("code", status.name)]
        return Counter(label: "consentd_requests", dimensions: dimensions, factory: metrics)
    }
}

/// The meters of all methods.
struct RequestMeters: Sendable {
    private let meters: [String: RequestMeter]
    let publish: RequestMeter
    /// For methods that there are not, and for what is no request.
    let unknown: RequestMeter

    init(methods: [String], _ metrics: any MetricsFactory) {
        publish = RequestMeter(PublishConsent.name, metrics)
        unknown = RequestMeter("unknown", metrics)
        var meters = [PublishConsent.name: publish]
        for method in methods { meters[method] = RequestMeter(method, metrics) }
        self.meters = meters
    }

    subscript(method: String) -> RequestMeter { meters[method] ?? unknown }
}

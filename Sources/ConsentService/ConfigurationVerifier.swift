package import Consent
import ServiceLifecycle
import Synchronization

/// Runs verifications beside everything else, a bounded number at a time, until the service stops.
///
/// Every request that was taken is answered exactly once: with its checks, or with nil when the service stops first.
package final class ConfigurationVerifier: Service {
    /// Looks at a configuration's org.
    package typealias Verify = @Sendable (Configuration) async -> [VerificationCheck]
    /// Takes the checks; nil when the service stopped before they were made.
    package typealias Completion = @Sendable ([VerificationCheck]?) -> Void

    private let verify: Verify
    private let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation
    private let pending = Mutex(Pending())

    /// Verifications under way at once, of all connections together.
    static let concurrencyMax = 16

    private struct Request: Sendable {
        var number: UInt64
        var configuration: Configuration
    }

    private struct Pending {
        var completions: [UInt64: Completion] = [:]
        var nextNumber: UInt64 = 0
        var isStopped = false
    }

    /// What became of a request.
    enum Admission: Equatable {
        case accepted
        case tooMany
        case stopped
    }

    package init(verify: @escaping Verify) {
        self.verify = verify
        (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.concurrencyMax))
    }

    /// Takes a request; unless it is accepted, `completion` never runs.
    func submit(_ configuration: Configuration, completion: @escaping Completion) -> Admission {
        pending.withLock { pending in
            guard !pending.isStopped else { return .stopped }
            guard pending.completions.count < Self.concurrencyMax else { return .tooMany }
            let number = pending.nextNumber
            pending.nextNumber += 1
            pending.completions[number] = completion
            continuation.yield(Request(number: number, configuration: configuration))
            return .accepted
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.serve() }
        let left = pending.withLock { pending in
            pending.isStopped = true
            defer { pending.completions = [:] }
            return pending.completions.values.map { $0 }
        }
        continuation.finish()
        for completion in left { completion(nil) }
    }

    private func serve() async {
        await withDiscardingTaskGroup { group in
            for await request in requests {
                group.addTask {
                    let checks = await self.verify(request.configuration)
                    // A verification that was broken off says nothing of the org.
                    self.finish(request.number, Task.isCancelled ? nil : checks)
                }
            }
        }
    }

    private func finish(_ number: UInt64, _ checks: [VerificationCheck]?) {
        let completion = pending.withLock { $0.completions.removeValue(forKey: number) }
        completion?(checks)
    }
}

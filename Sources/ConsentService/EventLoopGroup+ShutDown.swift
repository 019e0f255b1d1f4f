import Dispatch
import NIOCore

extension EventLoopGroup {
    /// Ends the loops, and hears of it on a queue of its own.
    ///
    /// SwiftNIO's `shutdownGracefully()` takes one of the runtime's shared threads, which need `/proc` (see `TaskPool`).
    func shutDown() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            shutdownGracefully(queue: DispatchQueue(label: "consentd.shutdown")) { error in
                continuation.resume(with: error.map(Result.failure) ?? .success(()))
            }
        }
    }
}

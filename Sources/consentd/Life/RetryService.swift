import ServiceLifecycle

/// Ends the daemon a while after a failure that may pass by itself, such as a full disk, so that the next start tries again.
///
/// Whoever calls meanwhile is told why; whoever calls afterwards starts the daemon anew, which is at most once in so long.
struct RetryService: Service {
    /// How long callers are told of the failure before it is looked at again.
    static let pause = Duration.seconds(5)

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.pause) }
    }
}

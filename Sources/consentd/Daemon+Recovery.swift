import ConsentStore
import Journal

extension Daemon {
    /// Opens the journal; under activation it waits a while for the process that has it.
    ///
    /// The client that brought this start still waits in the socket, and an end would bring the next start at once.
    func recover(isActivated: Bool) async throws(DaemonError) -> RecoveredState {
        let deadline = ContinuousClock.now + Self.lockPatience
        while true {
            do throws(DaemonError) {
                return try recover()
            } catch {
                guard case .journal(.locked) = error, isActivated, ContinuousClock.now < deadline else { throw error }
            }
            _ = try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static let lockPatience = Duration.seconds(2)
}

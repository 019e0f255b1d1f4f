import ArgumentParser
import ConsentClient
import JSON

/// Asks whether the daemon serves.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Tell whether consentd, or one configuration's deliveries, are running.",
        discussion: "Exit status 0 means SERVING."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A configuration's name; the daemon itself where not given.")
    var service = ""

    @Flag(help: "Wait until it serves.")
    var wait = false

    @Option(help: "Seconds to wait at most.")
    var timeout = 30.0

    func run() async throws {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            do {
                if try await isServing() {
                    return output.show(["status": "SERVING"], as: "SERVING")
                }
                guard wait, ContinuousClock.now < deadline else {
                    output.show(["status": "NOT_SERVING"], as: "NOT_SERVING")
                    throw ExitCode(1)
                }
            } catch CommandFailure.client(.cannotConnect) where wait && ContinuousClock.now < deadline {
                // It may be starting.
            } catch CommandFailure.client(.closed) where wait && ContinuousClock.now < deadline {
                // It may be starting again.
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Asks on the socket that most users may open, or on the other one where this user may open only that.
    private func isServing() async throws -> Bool {
        do {
            return try await isServing(on: .publish)
        } catch CommandFailure.client(.cannotConnect(_, .permissionDenied)) where connection.socket == nil {
            return try await isServing(on: .admin)
        }
    }

    private func isServing(on door: ConsentClient.Door) async throws -> Bool {
        try await connection.withClient(door) { client in try await client.isServing(service: service) }
    }
}

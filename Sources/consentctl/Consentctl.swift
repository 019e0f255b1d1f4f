import ArgumentParser
import ChildProcesses
import Glibc

/// Talks to consentd from a shell.
@main
struct Consentctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consentctl",
        abstract: "Talk to consentd, and try it out.",
        discussion: """
            Exit status: 0, 64 plus the gRPC status number of the daemon's error, 2 when the daemon cannot be \
            reached, 3 for wrong usage, 1 for anything else.
            """,
        subcommands: [
            ConfigurationCommand.self, PublishCommand.self, StatusCommand.self, CallCommand.self,
            HealthCommand.self, DemoCommand.self,
        ]
    )

    /// Runs as ArgumentParser does, but with the exit statuses of the protocol.
    static func main() async {
        Glibc.exit(await run())
    }

    private static func run() async -> Int32 {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch let failure as CommandFailure {
            StandardError.write("consentctl: \(failure)\n")
            return failure.exitStatus
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let text = fullMessage(for: error)
            switch exitCode(for: error) {
            case .success:
                print(text)
                return 0
            case .validationFailure:
                StandardError.write(text + "\n")
                return CommandFailure.usageStatus
            default:
                StandardError.write("consentctl: \(error)\n")
                return 1
            }
        }
    }
}

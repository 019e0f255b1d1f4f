import ArgumentParser
import ChildProcesses
import Glibc

/// Talks to consentd from a shell.
@main
struct Consentctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consentctl",
        abstract: "Talk to consentd, and try it out.",
        usage: "consentctl <subcommand> [--socket-directory <dir>] [--json]",
        discussion: """
            Examples:
              consentctl configuration create leads.json
              consentctl publish --subject ada@example.com --preference tFyHkpl=true
              consentctl status --subject ada@example.com
              consentctl watch --event form-1 --until-terminal
              consentctl delivery retry --configuration cfg_00000001 --state failed
              consentctl call rpc.serverInfo

            On a terminal results are tables; into a pipe, or with --json, they are JSON, one result in a line.

            Exit status: 0, 64 plus the gRPC status number of the daemon's error, 2 when the daemon cannot be \
            reached, 3 for wrong usage, 1 for anything else.
            """,
        subcommands: [
            PublishCommand.self, StatusCommand.self, WatchCommand.self, DeliveryCommand.self,
            ConfigurationCommand.self, SubjectCommand.self, HealthCommand.self, MetricsCommand.self,
            WhoAmICommand.self, ServerInfoCommand.self, DiscoverCommand.self, CallCommand.self,
            JournalCommand.self, DemoCommand.self,
        ]
    )

    /// Runs as ArgumentParser does, but with the exit statuses of the protocol.
    static func main() async {
        Glibc.exit(await run())
    }

    private static func run() async -> Int32 {
        do {
            var command = try parseAsRoot(ConnectionOptions.behindSubcommand(Array(CommandLine.arguments.dropFirst())))
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

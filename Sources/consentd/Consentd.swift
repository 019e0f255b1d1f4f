import ArgumentParser
import ConsentService
import Systemd

/// The daemon's command line: flags become settings, settings become a running daemon, its end becomes an exit status.
@main
struct Consentd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consentd",
        abstract: "Keeps Salesforce true to what people consented to.",
        discussion: """
            Serves JSON-RPC on the Unix sockets publish.sock and admin.sock, which it takes from systemd or makes in
            --socket-directory, and keeps its journal in the state directory. Every option can also be given in the
            environment, as its help says; the command line wins.

            Exit status: 0 stopped as asked; 64 wrong option; 65 corrupt journal; 70 internal fault; 74 I/O error;
            75 state directory locked or socket alive elsewhere; 77 wrong owner or modes; 78 bad setting in the
            environment or the settings file, wrong or missing key.
            """,
        version: BuildInformation.version
    )

    @OptionGroup var flags: Flags

    func run() async throws {
        let environment = Environment.current
        var outage: Outage?
        let settings: Settings
        do {
            settings = try Settings(flags: flags, environment: environment)
        } catch let error where environment.isActivated {
            // Whoever waits in the backlog would start the daemon again and again, until nobody could any more.
            settings = try Settings(flags: Flags.parse([]), environment: environment.withoutSettings)
            outage = .precondition(
                "\(SettingsFailure.text(error)); correct the settings, then systemctl reload consentd"
            )
        } catch let error as SettingsError {
            throw Self.exit(.settings(error.message))
        }
        do {
            try await Daemon(settings: settings, flags: flags, outage: outage).run()
        } catch {
            throw Self.exit(error)
        }
    }

    private static func exit(_ error: DaemonError) -> ExitCode {
        Diagnostics.report(error)
        return error.exitCode
    }
}

/// What this build is.
enum BuildInformation {
    static let version = "0.1.0"
}

import ArgumentParser
import ConsentService

@main
enum Launch {
    /// Without an argument there is nothing to parse, and the parser, which finds its options by reflection, would take
    /// a sixth of the time from the program's start to the answer that a client waits for.
    static func main() async {
        guard CommandLine.argc <= 1 else { return await Consentd.main() }
        do {
            try await run(GivenOptions())
        } catch {
            Consentd.exit(withError: error)
        }
    }

    /// Options become settings, settings become a running daemon, its end becomes an exit status.
    ///
    /// - Throws: `ValidationError` for an option, and the `ExitCode` of a daemon that does not end as asked.
    static func run(_ options: GivenOptions) async throws {
        let environment = Environment.current
        var outage: Outage?
        let settings: Settings
        do {
            settings = try Settings(options: options, environment: environment)
        } catch let error where environment.isActivated {
            // Whoever waits in the backlog would start the daemon again and again, until nobody could any more.
            settings = try Settings(options: GivenOptions(), environment: environment.withoutSettings)
            outage = .precondition(
                "\(SettingsFailure.text(error)); correct the settings, then systemctl reload consentd"
            )
        } catch let error as SettingsError {
            throw exitCode(of: .settings(error.message))
        }
        do {
            try await Daemon(settings: settings, options: options, outage: outage).run()
        } catch {
            throw exitCode(of: error)
        }
    }

    private static func exitCode(of error: DaemonError) -> ExitCode {
        Diagnostics.report(error)
        return error.exitCode
    }
}

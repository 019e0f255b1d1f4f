import ArgumentParser
import CArguments
import ConsentService
import TaskPool

@main
enum Launch {
    static func main() {
        let options = options
        TaskPool.run {
            await start(options)
            return ExitCode.success.rawValue
        }
    }

    /// Without an argument there is nothing to parse, and the parser, which finds its options by reflection, would take
    /// a sixth of the time from the program's start to the answer that a client waits for.
    private static func start(_ options: [String]) async {
        guard options.isEmpty else { return await Consentd.main(options) }
        do {
            try await run(GivenOptions())
        } catch {
            Consentd.exit(withError: error)
        }
    }

    /// The words after the program's name, which `CommandLine` would read from `/proc`.
    private static var options: [String] {
        let words = unsafe UnsafeBufferPointer(start: consent_arguments(), count: Int(consent_argument_count()))
        return unsafe words.dropFirst().compactMap { unsafe $0.map { unsafe String(cString: $0) } }
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

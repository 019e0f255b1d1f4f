import ArgumentParser
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

/// Reads the settings again when asked to by SIGHUP; what cannot be read changes nothing.
struct ReloadService: Service {
    let options: GivenOptions
    let current: CurrentSettings
    let threshold: LogThreshold
    let notice: StatusNotice
    /// Whether good settings end the daemon, so that the next start tries again what failed.
    let endsWhenRepaired: Bool
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        try await cancelWhenGracefulShutdown {
            for await _ in signals {
                try Notify.reloading()
                let isGood = reload()
                try Notify.ready()
                if isGood, endsWhenRepaired { return }
            }
        }
    }

    private func reload() -> Bool {
        do {
            let settings = try Settings(options: options, environment: .current)
            let waiting = settings.namesThatNeedARestart(comparedWith: current.settings)
            var reloaded = current.settings
            reloaded.logLevel = settings.logLevel
            reloaded.idleExit = settings.idleExit
            current.settings = reloaded
            threshold.level = settings.logLevel
            let names = waiting.joined(separator: ", ")
            notice.text = waiting.isEmpty ? nil : "restart needed for \(names)"
            logger.log(.settingsReloaded, .notice, "settings read again", ["needs-restart": "\(names)"])
            return true
        } catch {
            let reason = SettingsFailure.text(error)
            notice.text = "settings not reloaded: \(reason)"
            // Nobody else keeps the line up to date then.
            if endsWhenRepaired { _ = Result { try Notify.status("Not serving; settings not reloaded: \(reason)") } }
            logger.log(.settingsRefused, .error, "settings not reloaded; the old ones stay", ["reason": "\(reason)"])
            return false
        }
    }
}

/// Says what is wrong with settings.
enum SettingsFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as ValidationError: error.message
        case let error as SettingsError: error.message
        default: "\(error)"
        }
    }
}

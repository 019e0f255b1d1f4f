import ArgumentParser

/// Measures consentd on this machine.
@main
struct ConsentBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent-bench",
        abstract: "Measure consentd on this machine.",
        subcommands: [PublishCommand.self, JSONCommand.self],
        defaultSubcommand: PublishCommand.self
    )
}

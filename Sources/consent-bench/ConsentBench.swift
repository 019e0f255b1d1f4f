import ArgumentParser

/// Measures consentd on this machine.
@main
struct ConsentBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent-bench",
        abstract: "Measure consentd on this machine.",
        subcommands: [PublishCommand.self, DeliveryCommand.self, JSONCommand.self, RecoveryCommand.self],
        defaultSubcommand: PublishCommand.self
    )
}

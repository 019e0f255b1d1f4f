import ArgumentParser

/// The daemon's command line.
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
        try await Launch.run(flags.given)
    }
}

/// What this build is.
enum BuildInformation {
    static let version = "0.1.0"
}

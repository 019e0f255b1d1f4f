import ArgumentParser

/// The options as the command line spells them.
struct Flags: ParsableArguments {
    @Option(help: "Make the sockets in this directory (CONSENTD_SOCKET_DIRECTORY). Not under socket activation.")
    var socketDirectory: String?

    @Option(
        help: """
            Keep the journal below this directory (CONSENTD_STATE_DIRECTORY); \
            default $STATE_DIRECTORY, else /var/lib/consentd.
            """
    )
    var stateDirectory: String?

    @Flag(
        help: """
            Accept http and hosts outside Salesforce's domains in configurations (CONSENTD_ALLOW_INSECURE_ENDPOINTS=1); \
            for simulators only.
            """
    )
    var allowInsecureEndpoints = false

    @Option(
        help:
            "Refuse events once the journal takes so many bytes, at least 32M (CONSENTD_JOURNAL_MAX_BYTES); default 1G."
    )
    var journalMaxBytes: String?

    @Option(help: "Refuse events when the disk has less free (CONSENTD_MIN_FREE_BYTES); default 64M.")
    var minFreeBytes: String?

    @Option(help: "Refuse events beyond so many undelivered deliveries (CONSENTD_MAX_PENDING); default 1000000.")
    var maxPending: String?

    @Option(
        help: """
            Let a job of the org's (Bulk API 2.0) write a configuration's backlog of more than so many people who waited \
            while nothing could go out (CONSENTD_BULK_THRESHOLD); 0 is never; default 10000.
            """
    )
    var bulkThreshold: String?

    @Option(
        help: """
            End after so long without a connection and without work that is due (CONSENTD_IDLE_EXIT); 0 is never; \
            default 120s under socket activation, else never.
            """
    )
    var idleExit: String?

    @Option(
        help: """
            Have nothing of an erased person on the disk after so long (CONSENTD_ERASURE_DEADLINE); default 24h, \
            at once when there is little else to do.
            """
    )
    var erasureDeadline: String?

    @Option(
        help: """
            Read settings from lines NAME=value of this file as well, the names being those of the environment \
            (CONSENTD_SETTINGS_FILE); SIGHUP reads it again.
            """
    )
    var settingsFile: String?

    @Option(
        help: """
            Log from this level: trace, debug, info, notice, warning, error, critical (CONSENTD_LOG_LEVEL); default info.
            """
    )
    var logLevel: String?

    var given: GivenOptions {
        GivenOptions(
            socketDirectory: socketDirectory,
            stateDirectory: stateDirectory,
            allowsInsecureEndpoints: allowInsecureEndpoints,
            journalMaxBytes: journalMaxBytes,
            minFreeBytes: minFreeBytes,
            maxPending: maxPending,
            bulkThreshold: bulkThreshold,
            idleExit: idleExit,
            erasureDeadline: erasureDeadline,
            settingsFile: settingsFile,
            logLevel: logLevel
        )
    }
}

/// How much the store keeps in memory and takes at once.
package struct StoreLimits: Sendable {
    /// Undelivered deliveries, all configurations together.
    package var pendingMax = 1_000_000
    /// Events whose deliveries are all terminal and that are still answered from memory.
    package var terminalEventsMax = 250_000
    /// How long an event is answered from memory once all its deliveries are terminal.
    package var terminalEventLifetime = Duration.seconds(30 * 86_400)
    /// Idempotency keys are kept at least this long.
    package var keyLifetime = Duration.seconds(25 * 3_600)
    /// Erased people that late events are still checked against.
    package var erasuresMax = 1_000_000
    /// How long late events are checked against an erasure.
    package var erasureLifetime = Duration.seconds(3 * 365 * 86_400)
    /// How soon the disk must hold nothing of an erased person any more.
    package var erasureDeadline = Duration.seconds(86_400)
    /// Records in one group commit.
    package var batchRecordsMax = 4_096
    /// Bytes of records in one group commit.
    package var batchBytesMax = 1 << 20
    /// Changes that the delivery side takes at once.
    package var outboxChangesMax = 10_000
    /// Deliveries looked at for one page of `listDeliveries`; a page may then be short but has a token.
    package var pageScanMax = 50_000

    package init() {}
}

import ConsentAPI
import JSONRPC

/// How much the sockets take; every number is reported by `rpc.serverInfo`.
package struct ServiceLimits: Sendable {
    /// One request, in bytes.
    package var messageBytesMax = 4 << 20
    /// Levels of nesting; the request itself is the first.
    package var nestingMax = 64
    /// Watches, long polls and waits that are open on one connection.
    package var slowCallsPerConnectionMax = 32
    /// Results of one batch together, in bytes.
    package var batchAnswerBytesMax = 8 << 20
    /// Calls of one connection that are with the store at once, publishes aside; the requests behind them wait.
    package var quickCallsPerConnectionMax = 64
    /// Requests of publishes that wait for the disk, in bytes, before a connection is no longer read.
    package var unsyncedBytesPerConnectionMax = 4 << 20
    /// Answers that a connection has not taken, in bytes, before it is no longer read.
    package var outputBytesPerConnectionMax = 1 << 20
    /// Connections in all.
    package var connectionsMax = 512
    /// Connections of one user.
    package var connectionsPerUserMax = 128
    /// Connections beyond the maximum, for root and the daemon's own user.
    package var reservedConnections = 8
    /// Changes that a watch may lag behind.
    package var watchQueueMax = 1_024
    /// How long a connection may take none of its answers before it is closed.
    package var writeStall = Duration.seconds(30)
    /// How long a wait whose time is over is left to the store, which knows best what to answer.
    package var storeGrace = Duration.milliseconds(250)
    /// How long input is still read and thrown away after a framing error.
    package var drainTimeout = Duration.seconds(1)
    /// How much of it.
    package var drainBytesMax = 1 << 20
    /// Refused connections that are drained that way at once; more are closed at once.
    package var lingeringConnectionsMax = 32
    /// How much of what a connection has sent is still read and answered at a stop: more than a socket's buffer holds.
    package var restBytesMax = 512 << 10
    /// Undelivered deliveries.
    package var pendingMax = 1_000_000

    package init() {}

    /// Takes fewer connections where the process may open so few descriptors that they would use them up.
    ///
    /// Some must be left: the journal opens segments and snapshots, and calls to Salesforce have connections of their own.
    package mutating func fit(descriptorsMax: Int) {
        let available = max(descriptorsMax - Self.ownDescriptors, 4)
        lingeringConnectionsMax = min(lingeringConnectionsMax, available / 4)
        reservedConnections = min(reservedConnections, available / 4)
        connectionsMax = min(connectionsMax, available - lingeringConnectionsMax - reservedConnections)
        connectionsPerUserMax = min(connectionsPerUserMax, connectionsMax)
    }

    /// Files, event descriptors, calls to Salesforce, and connections that are just being taken or turned away.
    private static let ownDescriptors = 40

    /// Connections that are taken in one turn.
    static let acceptsPerTurn = 4

    /// The names and numbers that `rpc.serverInfo` tells.
    var reported: [(name: String, value: Int)] {
        [
            ("message_bytes", messageBytesMax),
            ("nesting", nestingMax),
            ("id_bytes", RequestID.byteCountMax),
            ("method_bytes", Request.methodByteCountMax),
            ("batch_items", Message.itemCountMax),
            ("batch_answer_bytes", batchAnswerBytesMax),
            ("slow_calls_per_connection", slowCallsPerConnectionMax),
            ("unsynced_bytes_per_connection", unsyncedBytesPerConnectionMax),
            ("output_bytes_per_connection", outputBytesPerConnectionMax),
            ("connections", connectionsMax),
            ("connections_per_uid", connectionsPerUserMax),
            ("reserved_connections", reservedConnections),
            ("watch_queue", watchQueueMax),
            ("timeout_ms_default", CallMetadata.timeoutMillisecondsDefault),
            ("timeout_ms_max", CallMetadata.timeoutMillisecondsMax),
            ("write_stall_ms", Int(writeStall.components.seconds) * 1_000),
            ("page_size_max", PagingLimits.sizeMax),
            ("pending_max", pendingMax),
        ]
    }
}

package import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A Salesforce org on loopback that clients can be tried against, and that can fail in every known way.
///
/// It serves plain HTTP/1.1. What it answers is decided by `Org`; this class only carries bytes and keeps time.
package final class SalesforceSimulator: Sendable {
    private let shared: SharedOrg
    private let server = Mutex<Server?>(nil)

    private struct Server {
        var group: MultiThreadedEventLoopGroup
        var channel: any Channel
    }

    /// Makes a simulator that does not listen yet.
    package init(settings: OrgSettings = OrgSettings(), faults: [Fault] = []) {
        shared = SharedOrg(Org(settings: settings, faults: faults))
    }

    /// Listens on 127.0.0.1 and returns the port that was bound.
    ///
    /// Between `start` and `stop` it uses two threads of its own; starting twice is a mistake.
    ///
    /// - Parameter port: 0 asks for any free port.
    package func start(port: Int = 0) async throws -> Int {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let shared = shared
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(OrgHandler(shared))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
            server.withLock { $0 = Server(group: group, channel: channel) }
            return channel.localAddress?.port ?? port
        } catch {
            // Why it cannot listen matters to the caller; how two idle threads ended does not.
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Closes the listening socket and every connection; does nothing when not started.
    package func stop() async throws {
        let stopped = server.withLock { server in
            defer {
                server = nil
            }
            return server
        }
        guard let stopped else {
            return
        }
        try await stopped.channel.close().get()
        try await stopped.group.shutdownGracefully()
    }

    /// Runs with exclusive access to the org, for whatever the methods below do not offer.
    package func withOrg<Result>(_ body: (inout Org) throws -> sending Result) rethrows -> sending Result {
        try shared.withOrg(body)
    }

    /// Replaces all faults.
    package func setFaults(_ faults: [Fault]) {
        withOrg { $0.faults = FaultPlan(faults: faults) }
    }

    /// Adds a fault to those that are switched on.
    package func add(_ fault: Fault) {
        withOrg { $0.faults.faults.append(fault) }
    }

    /// The faults with what is left of them and how often they hit.
    package var faults: [Fault] {
        withOrg { $0.faults.faults }
    }

    /// What happened since the start or the last reset.
    package var statistics: Statistics {
        withOrg { $0.statistics }
    }

    /// Puts records in place and returns their ids; see `Org.seed`.
    @discardableResult
    package func seed(_ sobject: String, _ records: [JSONValue]) throws -> [String] {
        let now = OrgClock.now
        return try withOrg { org in
            var ids: [String] = []
            for record in records {
                ids.append(try org.seed(sobject, record, at: now))
            }
            return ids
        }
    }

    /// Puts people `person000001@example.com`… in place and returns their ids.
    @discardableResult
    package func seed(people count: Int, _ sobject: String) throws -> [String] {
        let now = OrgClock.now
        return try withOrg { try $0.seed(people: count, sobject, at: now) }
    }

    /// Applies a scenario as `Org.load` describes it.
    package func load(_ scenario: JSONValue) throws {
        let now = OrgClock.now
        try withOrg { try $0.load(scenario, at: now) }
    }

    /// The records of an object with every field, oldest first, without deleted ones.
    package func records(_ sobject: String) -> [JSONValue] {
        withOrg { $0.records(sobject) }
    }

    /// One record with every field, nil when there is none.
    package func record(_ sobject: String, id: String) -> JSONValue? {
        withOrg { $0.record(sobject, id: id) }
    }
}

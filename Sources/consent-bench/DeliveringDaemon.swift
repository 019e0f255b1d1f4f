import ChildProcesses
import Glibc
import JSON

/// A consentd with one configuration for an org on loopback.
struct DeliveringDaemon: MeasuredServer {
    static let name = "consentd"
    let process: ChildProcess
    private let directory: TemporaryDirectory

    var socketPath: String { directory.file("publish.sock") }
    private var adminPath: String { directory.file("admin.sock") }

    init(executable: String, parent: String, port: Int) throws {
        directory = try TemporaryDirectory(in: parent, prefix: "consent-bench")
        process = try ConsentDaemon.start(executable, in: directory, [])
        var control = try ControlConnection(path: directory.file("admin.sock"))
        _ = try control.call(
            "createConfiguration",
            [
                "type_id": "sf-sales-cloud", "name": "bench",
                "authentication": [
                    "url": .string("http://127.0.0.1:\(port)"), "client_id": "simulator-client",
                    "client_secret": "simulator-secret",
                ],
                "properties": ["sobject": ["Lead"]],
                "mappings": [["id": "Newsletter__c", "value": "tFyHkpl"]],
            ]
        )
    }

    /// Waits until everything undelivered is in one state.
    func wait(for state: String) throws {
        var control = try ControlConnection(path: adminPath)
        for _ in 0..<6_000 {
            var others = 0
            for other in ["pending", "in_flight", "retrying", "parked", "held"] where other != state {
                let page = try control.call("listDeliveries", ["state": .string(other), "page_size": 1])
                others += page["deliveries"]?.arrayValue?.count ?? 0
            }
            if others == 0 { return }
            usleep(100_000)
        }
        throw BenchFailure.neverDelivered
    }
}

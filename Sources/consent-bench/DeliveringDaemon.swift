import ChildProcesses
import JSON

/// A consentd with one configuration for an org on loopback.
struct DeliveringDaemon: MeasuredServer {
    static let name = "consentd"
    let process: ChildProcess
    private let directory: TemporaryDirectory

    var socketPath: String { directory.file("publish.sock") }

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
}

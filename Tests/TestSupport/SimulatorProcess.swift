import ChildProcesses
package import JSON

/// A real Salesforce simulator on a free port, killed with the last reference to it.
package struct SimulatorProcess: Sendable {
    package static let clientID = "simulator-client"
    package static let clientSecret = "simulator-secret"

    package let port: Int
    private let process: ChildProcess
    private let directory: TemporaryDirectory

    package var url: String { "http://127.0.0.1:\(port)" }

    /// Starts a simulator and waits until it listens.
    package static func start(arguments: [String] = []) async throws -> SimulatorProcess {
        let directory = try TemporaryDirectory(prefix: "simulator-e2e")
        let output = directory.file("out")
        let process = try ChildProcess(
            executable: try Program.simulator.path,
            arguments: ["--port", "0"] + arguments,
            output: output,
            errors: directory.file("log")
        )
        let port = try await Patience.value("the simulator listens") {
            if let status = process.poll() { throw EndedEarly(status: "\(status)") }
            let text = String(decoding: try TextFile.read(output), as: UTF8.self)
            return text.hasSuffix("\n") ? text.split(separator: ":").last.flatMap { Int($0.dropLast()) } : nil
        }
        return SimulatorProcess(port: port, process: process, directory: directory)
    }

    /// Ends the simulator at once, as a network does that goes away.
    package func kill() {
        process.kill()
    }

    /// Puts records into the org and gives their ids.
    @discardableResult
    package func seed(_ sobject: String, _ records: [JSONValue]) async throws -> [String] {
        let body: JSONValue = ["sobject": .string(sobject), "records": .array(records)]
        let answer = try await control("PUT", "records", body)
        return answer["ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// The records of one object, those of one person where an address or id is given.
    package func records(_ sobject: String, subject: String? = nil) async throws -> [JSONValue] {
        let filter = subject.map { "&subject=" + Self.percentEncoded($0) } ?? ""
        return try await control("GET", "records?sobject=\(sobject)\(filter)")["records"]?.arrayValue ?? []
    }

    /// Deletes a record as a user would.
    package func delete(_ sobject: String, id: String) async throws {
        _ = try await control("DELETE", "records?sobject=\(sobject)&id=\(id)")
    }

    /// Every write that one record has seen, in order.
    package func writes(_ sobject: String, id: String) async throws -> [JSONValue] {
        let answer = try await control("GET", "writes?sobject=\(sobject)&id=\(id)")
        return answer["writes"]?.arrayValue ?? answer.arrayValue ?? []
    }

    /// Makes the org fail.
    package func fail(_ faults: JSONValue...) async throws {
        _ = try await control("POST", "faults", ["faults": .array(faults)])
    }

    /// Makes the org fail in these ways and in no other.
    package func fail(only faults: JSONValue...) async throws {
        _ = try await control("PUT", "faults", ["faults": .array(faults)])
    }

    /// Makes the org work again.
    package func recover() async throws {
        _ = try await control("DELETE", "faults")
    }

    /// Changes the org's settings.
    package func set(_ settings: JSONValue) async throws {
        _ = try await control("PUT", "settings", settings)
    }

    /// Changes one field.
    package func schema(_ change: JSONValue) async throws {
        _ = try await control("PUT", "schema", change)
    }

    /// What the org has counted.
    package func statistics() async throws -> JSONValue {
        try await control("GET", "statistics")
    }

    /// Counts from zero again.
    package func resetStatistics() async throws {
        _ = try await control("DELETE", "statistics")
    }

    private func control(_ method: String, _ target: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        try await LoopbackHTTP.request(port: port, method, "/simulator/" + target, body: body)
    }

    private static func percentEncoded(_ text: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~".utf8)
        return text.utf8.reduce(into: "") { result, byte in
            guard !plain.contains(byte) else { return result.append(Character(Unicode.Scalar(byte))) }
            let digits = String(byte, radix: 16, uppercase: true)
            result += "%" + (digits.count == 1 ? "0" : "") + digits
        }
    }

    /// A simulator that ended before it listened.
    package struct EndedEarly: Error {
        package var status: String
    }
}

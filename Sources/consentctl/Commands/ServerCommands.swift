import ArgumentParser
import ConsentClient
import JSON

/// Shows the daemon's numbers.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print the daemon's metrics as OpenMetrics text."
    )

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let result = try await connection.call("metrics.read", on: .admin)
        print(json ? result.description : result["text"]?.stringValue ?? "", terminator: json ? "\n" : "")
    }
}

/// Shows who the caller is.
struct WhoAmICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show who you are to the daemon, and what you may call."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let result = try await connection.callAnywhere("rpc.whoami")
        output.show(
            result,
            as: "user \(result.cell("uid")), group \(result.cell("gid")), groups \(result.cell("groups")); "
                + "\(result.cell("roles")) on \(result.cell("socket")).sock"
        )
    }
}

/// Shows the daemon's version and limits.
struct ServerInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server-info",
        abstract: "Show the daemon's version, instance and limits."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let result = try await connection.callAnywhere("rpc.serverInfo")
        var limits = Table(["LIMIT", "VALUE"])
        for (name, value) in result["limits"]?.objectValue ?? [:] { limits.add([name, "\(value)"]) }
        output.show(
            result,
            as: "\(result.cell("name")) \(result.cell("version")), instance \(result.cell("instance_id")), "
                + "since \(result.cell("started_at"))\n\(limits)"
        )
    }
}

/// Shows the machine-readable description of the protocol.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Print the OpenRPC document, or a table of the methods on a terminal."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let result = try await connection.callAnywhere("rpc.discover")
        var methods = Table(["METHOD", "ACCESS", "SUMMARY"])
        for method in result["methods"]?.arrayValue ?? [] {
            methods.add([method.cell("name"), method.cell("x-access"), method.cell("summary")])
        }
        output.show(result, as: "\(methods)")
    }
}

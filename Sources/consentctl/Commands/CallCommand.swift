import ArgumentParser
import ConsentClient
import JSON

/// Calls any method.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call a method of the protocol and print its result as JSON."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The method, such as rpc.serverInfo.")
    var method: String

    @Argument(help: "The parameters as JSON; - reads them from the standard input.")
    var params: String?

    func run() async throws {
        let params = try params.map { $0 == "-" ? try JSONInput.read("-") : try JSONInput.parse($0, source: "params") }
        if let params, params.objectValue == nil, params.arrayValue == nil {
            throw CommandFailure.usage("the parameters must be a JSON object or array")
        }
        print(try await call(params))
    }

    /// Uses the socket that has every method, and the other one where this user may not open it.
    private func call(_ params: JSONValue?) async throws -> JSONValue {
        do {
            return try await connection.withClient(.admin) { try await $0.call(method, params: params) }
        } catch CommandFailure.client(.cannotConnect(_, .permissionDenied)) where connection.socket == nil {
            return try await connection.withClient(.publish) { try await $0.call(method, params: params) }
        }
    }
}

import ArgumentParser
import ConsentClient
import JSON

/// Calls any method.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call any method of the protocol and print its result as JSON.",
        discussion: """
            Examples:
              consentctl call rpc.serverInfo
              consentctl call getConfiguration '{"name":"leads"}'
              consentctl call publishConsent - < params.json
            """
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
        print(try await connection.callAnywhere(method, params: params))
    }
}

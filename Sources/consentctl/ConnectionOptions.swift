import ArgumentParser
import ConsentClient
import JSON

/// Where the daemon is.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The socket to use, whatever its name.")
    var socket: String?

    @Option(help: "The directory of publish.sock and admin.sock; $CONSENTD_SOCKET_DIRECTORY, else /run/consentd.")
    var socketDirectory: String?

    /// The path of a socket.
    func path(_ door: ConsentClient.Door) -> String {
        if let socket { return socket }
        guard let socketDirectory else { return ConsentClient.defaultPath(door) }
        return ConsentClient.path(of: door, in: socketDirectory)
    }

    /// Makes one call on a connection of its own.
    func call(
        _ method: String,
        params: JSONValue? = nil,
        on door: ConsentClient.Door,
        timeout: Duration? = nil
    ) async throws -> JSONValue {
        try await withClient(door) { try await $0.call(method, params: params, timeout: timeout) }
    }

    /// Makes one call on the socket that has every method, or on the other one where this user may not open it.
    func callAnywhere(_ method: String, params: JSONValue? = nil) async throws -> JSONValue {
        do {
            return try await call(method, params: params, on: .admin)
        } catch CommandFailure.client(.cannotConnect(_, .permissionDenied)) where socket == nil {
            return try await call(method, params: params, on: .publish)
        }
    }

    /// Connects, calls the body, and closes again.
    ///
    /// - Throws: `CommandFailure.client` for everything that goes wrong between us and the daemon.
    func withClient<Result: Sendable>(
        _ door: ConsentClient.Door,
        _ body: (ConsentClient) async throws -> Result
    ) async throws -> Result {
        do {
            let client = try await ConsentClient.connect(to: path(door))
            let result = try await body(client)
            await client.close()
            return result
        } catch let error as ClientError {
            throw CommandFailure.client(error)
        }
    }
}

import ArgumentParser
import ConsentClient
import Glibc

/// Where the daemon is.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The socket to use, whatever its name.")
    var socket: String?

    @Option(help: "The directory of publish.sock and admin.sock; $CONSENTD_SOCKET_DIRECTORY, else /run/consentd.")
    var socketDirectory: String?

    /// Which of the daemon's sockets a command needs.
    enum Door: String {
        case publish = "publish.sock"
        case admin = "admin.sock"
    }

    /// The path of a socket.
    func path(_ door: Door) -> String {
        if let socket { return socket }
        return (socketDirectory ?? Self.directoryInEnvironment ?? "/run/consentd") + "/" + door.rawValue
    }

    private static var directoryInEnvironment: String? {
        guard let text = unsafe getenv("CONSENTD_SOCKET_DIRECTORY") else { return nil }
        return unsafe String(cString: text)
    }

    /// Connects, calls the body, and closes again.
    ///
    /// - Throws: `CommandFailure.client` for everything that goes wrong between us and the daemon.
    func withClient<Result: Sendable>(
        _ door: Door,
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

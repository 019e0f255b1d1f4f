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

    /// Makes one call on the socket that has every method, or on the other one where there is none for this user.
    func callAnywhere(_ method: String, params: JSONValue? = nil) async throws -> JSONValue {
        do {
            return try await call(method, params: params, on: .admin)
        } catch CommandFailure.client(.cannotConnect(_, let reason)) where socket == nil && reason.isAbsence {
            return try await call(method, params: params, on: .publish)
        }
    }

    /// The arguments with those of these options that come before the subcommand behind it, where it takes them.
    static func behindSubcommand(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var leading: [String] = []
        while let first = rest.first, let name = first.split(separator: "=", maxSplits: 1).first,
            ["--socket", "--socket-directory"].contains(name)
        {
            let count = first.contains("=") ? 1 : 2
            leading += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        guard !leading.isEmpty, rest.first?.hasPrefix("-") == false else { return arguments }
        let place = rest.firstIndex { $0.hasPrefix("-") } ?? rest.endIndex
        return Array(rest[..<place]) + leading + rest[place...]
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

extension ConnectFailure {
    /// Whether there is no such socket for this user, while another may be open.
    fileprivate var isAbsence: Bool {
        switch self {
        case .missing, .permissionDenied: true
        case .refused, .pathTooLong, .other: false
        }
    }
}

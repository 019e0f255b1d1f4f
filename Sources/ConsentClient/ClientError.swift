/// What can go wrong with a call, so that a caller can act on it.
public enum ClientError: Error, Equatable, Sendable {
    /// Nobody can be reached at the path.
    case cannotConnect(path: String, reason: ConnectFailure)
    /// The daemon answered with an error.
    case rpc(RPCFailure)
    /// The parameters are no JSON object or array; the offset is the first byte that cannot be right, in UTF-8.
    case invalidParameters(offset: Int)
    /// The connection ended before the answer came: the call may or may not have happened.
    ///
    /// A publish is safe to repeat with the same event id.
    case closed
    /// No answer came in time: the call may or may not have happened.
    case deadlineExceeded
    /// The calling task was cancelled: the call may or may not have happened.
    case cancelled
    /// More calls wait for their answer on this connection than it takes.
    case tooManyCalls(limit: Int)
    /// The reader of a watch left more events waiting than are kept; watch again from the last sequence number.
    case watchLags(limit: Int)
    /// The other side does not speak the protocol.
    case protocolViolation(String)
}

extension ClientError {
    /// Whether the same call may succeed later without anybody doing anything.
    ///
    /// It says nothing about whether a repeat is safe: a publish with an id or an idempotency key and everything that
    /// only reads is.
    public var isTransient: Bool {
        switch self {
        case .cannotConnect(_, .missing), .cannotConnect(_, .refused), .closed, .deadlineExceeded, .tooManyCalls:
            true
        case .rpc(let failure):
            ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"].contains(failure.status) && failure.code > 0
        default: false
        }
    }

    /// How long the daemon asks to wait before another try.
    var retryAfter: Duration? {
        if case .rpc(let failure) = self { failure.retryAfter } else { nil }
    }

    /// Whether the connection is of no more use.
    var endsConnection: Bool {
        switch self {
        case .closed, .cannotConnect, .protocolViolation: true
        default: false
        }
    }
}

/// Why a socket cannot be connected to.
public enum ConnectFailure: Equatable, Sendable {
    /// There is no socket at the path.
    case missing
    /// The socket is there, but this user may not open it.
    case permissionDenied
    /// The socket is there, but nobody listens.
    case refused
    /// The path is longer than a socket's address can be.
    case pathTooLong
    /// Any other reason, in the system's words.
    case other(String)
}

/// An error as the daemon reports it.
public struct RPCFailure: Equatable, Sendable {
    /// The JSON-RPC code: negative when the method was not reached, else the number of the gRPC status.
    public var code: Int
    /// The canonical gRPC name, such as `NOT_FOUND`; nil when the answer had none.
    public var status: String?
    /// A stable word for the reason, such as `NO_CONFIGURATION`; nil when the answer had none.
    public var reason: String?
    /// A sentence for a person.
    public var message: String
    /// Every parameter that is wrong.
    public var violations: [FieldViolation]
    /// How long to wait before another try; nil when the answer did not say.
    public var retryAfter: Duration?

    /// Creates a failure of its parts.
    public init(
        code: Int,
        status: String? = nil,
        reason: String? = nil,
        message: String,
        violations: [FieldViolation] = [],
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.status = status
        self.reason = reason
        self.message = message
        self.violations = violations
        self.retryAfter = retryAfter
    }

    /// A parameter that is wrong, by its path relative to the parameters.
    public struct FieldViolation: Equatable, Sendable {
        /// The place, such as `mappings[0].id`.
        public var path: String
        /// What is wrong with it.
        public var message: String

        /// Creates a violation of its parts.
        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }
}

extension RPCFailure {
    /// The number of the gRPC status, also where the JSON-RPC code is a negative one.
    public var statusNumber: Int? {
        if code > 0 { return code }
        guard let status else { return nil }
        return Self.statusNumbers[status]
    }

    private static let statusNumbers: [String: Int] = [
        "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5,
        "ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9,
        "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14,
        "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
    ]
}

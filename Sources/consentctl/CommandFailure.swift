import ChildProcesses
import ConsentClient
import Glibc
import JSON
import Journal

/// Why a command did not do what it was asked for, in words that say what to do next.
enum CommandFailure: Error, CustomStringConvertible {
    case client(ClientError)
    case system(SystemFailure)
    case invalidJSON(source: String, JSONScanError)
    case journal(JournalError)
    case usage(String)
    case failed(String)

    static let usageStatus: Int32 = 3

    /// The exit status of the protocol.
    var exitStatus: Int32 {
        switch self {
        case .client(.cannotConnect): 2
        case .client(.rpc(let failure)): failure.statusNumber.map { 64 + Int32($0) } ?? 1
        case .client(.deadlineExceeded): 64 + 4
        case .client(.cancelled): 64 + 1
        case .client(.invalidParameters), .usage, .invalidJSON: Self.usageStatus
        case .journal(let error): JournalFailure.exitStatus(error)
        case .client, .system, .failed: 1
        }
    }

    var description: String {
        switch self {
        case .client(let error): Self.describe(error)
        case .system(let failure): failure.description
        case .invalidJSON(let source, .syntax(let offset)): "\(source) is not JSON: look at byte \(offset)"
        case .invalidJSON(let source, .messageTooLarge(let limit)): "\(source) is larger than \(limit) bytes"
        case .invalidJSON(let source, .nestingTooDeep(let limit)): "\(source) is nested deeper than \(limit) levels"
        case .journal(let error): "\(error)"
        case .usage(let text), .failed(let text): text
        }
    }

    private static func describe(_ error: ClientError) -> String {
        switch error {
        case .cannotConnect(let path, let reason): describe(reason, at: path)
        case .rpc(let failure): describe(failure)
        case .invalidParameters(let offset): "the parameters are no JSON object: look at byte \(offset)"
        case .closed: "the daemon closed the connection before it answered; a publish may be repeated with its event id"
        case .deadlineExceeded: "no answer came in time; a publish may be repeated with its event id"
        case .cancelled: "interrupted"
        case .tooManyCalls(let limit): "more than \(limit) calls wait for an answer"
        case .watchLags(let limit): "more than \(limit) changes came before they could be shown; watch again"
        case .protocolViolation(let text): "the answer is not of this protocol: \(text)"
        }
    }

    private static func describe(_ reason: ConnectFailure, at path: String) -> String {
        switch reason {
        case .missing:
            missing(path)
        case .permissionDenied:
            "no permission to open \(path): it takes membership in \(group(of: path)) "
                + "(usermod -aG \(group(of: path)) USER, then log in again)"
        case .refused:
            "nobody listens at \(path): consentd has stopped; see systemctl status consentd"
        case .pathTooLong: "the path \(path) is too long for a socket"
        case .other(let text): "cannot connect to \(path): \(text)"
        }
    }

    /// Tells apart a daemon that is not installed and one that is not started.
    private static func missing(_ path: String) -> String {
        let start =
            path.hasPrefix("/run/consentd/") && !isServiceInstalled
            ? "consentd is not installed as a service: install its package, or start it by hand with"
                + " consentd --socket-directory DIR and name that"
            : "start it (systemctl start consentd.socket consentd-admin.socket), or name the directory of a"
                + " daemon that was started by hand"
        return "there is no socket at \(path): \(start) with --socket-directory or $CONSENTD_SOCKET_DIRECTORY"
    }

    private static var isServiceInstalled: Bool {
        ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].contains { directory in
            unsafe access("\(directory)/systemd/system/consentd.service", F_OK) == 0
        }
    }

    private static func group(of path: String) -> String {
        path.hasSuffix("publish.sock") ? "consent-publish" : "consent-admin"
    }

    private static func describe(_ failure: RPCFailure) -> String {
        let words = [failure.status, failure.reason].compactMap(\.self)
        var text = words.isEmpty ? failure.message : "\(failure.message) (\(words.joined(separator: ", ")))"
        for violation in failure.violations { text += "\n  \(violation.path): \(violation.message)" }
        if let wait = failure.retryAfter { text += "\n  try again in \(wait)" }
        return text
    }
}

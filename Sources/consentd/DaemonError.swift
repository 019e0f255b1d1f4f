import ArgumentParser
import ConsentService
import Journal
import SystemPackage

/// Why the daemon ends other than as asked; each has its exit status (sysexits.h).
enum DaemonError: Error {
    case usage(String)
    case settings(String)
    case journal(JournalError)
    case listen(ListenError)
    case stateDirectory(FilePath, Errno)
    case sockets(String)
    case failed(String)

    var exitCode: ExitCode {
        switch self {
        case .usage: ExitCode(64)
        case .settings: ExitCode(78)
        case .journal(let error): ExitCode(error.exitStatus)
        case .listen(.inUse): ExitCode(75)
        case .listen(.pathTooLong), .listen(.notASocket): ExitCode(78)
        case .listen(.io), .stateDirectory: ExitCode(74)
        case .sockets: ExitCode(78)
        case .failed: ExitCode(70)
        }
    }

    var message: String {
        switch self {
        case .usage(let text), .settings(let text), .sockets(let text), .failed(let text): text
        case .journal(let error): "journal: \(error)"
        case .listen(let error): "\(error)"
        case .stateDirectory(let path, let errno): "\(path): \(errno)"
        }
    }
}

extension JournalError {
    fileprivate var exitStatus: Int32 {
        switch self {
        case .corrupt, .unsupported, .refused: 65
        case .io, .full, .recordTooLarge, .batchFull: 74
        case .locked: 75
        case .wrongMode: 77
        case .key: 78
        }
    }
}

import Consent
import ConsentStore
import Glibc
import SystemPackage
import Systemd

/// A file that says when the daemon has to run again although nobody calls; a timer looks at it.
///
/// It is there while the daemon runs, so that whatever ends the daemon, what is undelivered goes on.
struct ResumeMark: Sendable {
    let path: FilePath

    init(stateDirectory: FilePath) {
        path = stateDirectory.appending("resume-at")
    }

    /// Asks to be started at once, should this process end without another word.
    func arm() {
        write("0\n")
    }

    /// Says when the work goes on; nil when there is none that goes on by itself.
    func leave(due: Timestamp?) {
        guard let due else {
            _ = unsafe unlink(path.string)
            return
        }
        write("\(due.milliseconds / 1_000)\n")
    }

    private func write(_ text: String) {
        let temporary = path.string + ".new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // Where the mark cannot be written, the next client resumes the work.
        guard descriptor >= 0 else { return }
        // Safety: the bytes live for the call.
        _ = unsafe Array(text.utf8).withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        _ = unsafe rename(temporary, path.string)
    }
}

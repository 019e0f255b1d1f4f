import CSpawn
import Glibc

/// Everything that `posix_spawn` needs to know about a child.
struct SpawnRequest {
    var executable: String
    var arguments: [String]
    var environment: [String: String]
    var output: String
    var errors: String

    func spawn() throws(SystemFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe prepare(&actions)
        prepare(&attributes)
        let names = CStringArray(arguments)
        let variables = CStringArray(environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value })
        var processID: pid_t = 0
        let code = unsafe posix_spawn(
            &processID,
            executable,
            &actions,
            &attributes,
            names.pointers,
            variables.pointers
        )
        guard code == 0 else { throw SystemFailure(code: code, during: "start \(executable)") }
        return processID
    }

    private func prepare(_ actions: inout posix_spawn_file_actions_t) {
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
        // A socket of ours would stay open as long as the child lives.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
    }

    private func prepare(_ attributes: inout posix_spawnattr_t) {
        // Signals that we ignore or block would stay so in the child.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        for number in [SIGKILL, SIGSTOP] { unsafe sigdelset(&signals, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        )
    }
}

/// A null-terminated array of C strings, as `posix_spawn` takes its arguments.
@safe private struct CStringArray: ~Copyable {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { unsafe pointers[index] = strdup(text) }
        unsafe pointers[texts.count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}

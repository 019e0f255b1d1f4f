import CCurl
import Glibc

/// A thread that runs one closure with every signal blocked.
///
/// Blocked signals go to the threads that expect them, and a write to a closed connection is an error, not a SIGPIPE.
struct LoopThread: Sendable {
    private let id: pthread_t

    init(name: String, body: @escaping @Sendable () -> Void) throws(HTTPError) {
        let context = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        // The new thread inherits the mask, so there is no moment at which it could take a signal.
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        var created = pthread_t()
        let code = unsafe pthread_create(
            &created,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                unsafe consent_set_thread_name(body.name)
                body.run()
                return nil
            },
            unsafe context.toOpaque()
        )
        unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
        guard code == 0 else {
            unsafe context.release()
            throw .other(code: Int(code), message: "cannot start a thread", sent: false)
        }
        id = created
    }

    /// Blocks until the thread has ended; to be called once.
    func join() {
        pthread_join(id, nil)
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}

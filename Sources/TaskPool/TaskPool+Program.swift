import Glibc
@_spi(ExperimentalCustomExecutors) import _Concurrency

extension TaskPool {
    /// Runs a program's tasks on a pool of its own, and ends the process with the status that the first one returns.
    ///
    /// To be called once, on the main thread and before any task: the runtime asks for its executors only then.
    package static func run(_ program: @escaping @Sendable () async -> Int32) -> Never {
        _createExecutors(factory: Executors.self)
        // The one task without a parent. An asynchronous `main` has the runtime start one too, but before anybody could
        // say on which pool; this one's end is the end of the process, so that nothing is left to wait for it.
        Task.detached { exit(await program()) }
        Executors.pool.run()
    }

    private enum Executors: ExecutorFactory {
        /// As many workers as processors, within bounds: a task that does block, as the daemon's recovery, leaves one
        /// of two, and more than four would find nothing to do beside the threads of the journal, the sockets and the
        /// transfers.
        static let pool = TaskPool(workers: min(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 4))
        static var defaultExecutor: any TaskExecutor { pool }
        /// Nothing is bound to the main thread, which is one of the workers.
        static let mainExecutor: any MainExecutor = UnimplementedMainExecutor()
    }
}

import Dispatch
import Glibc
import Synchronization
package import Testing

/// Lets tests that compute for long run on threads of their own and at the lowest priority, so that those which wait for
/// something to happen in time are not kept from it.
package struct LongComputation: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(PatientExecutor.shared) { try await function() }
    }
}

extension Trait where Self == LongComputation {
    /// Computes for seconds, and waits for nothing.
    package static var computesForLong: Self { LongComputation() }
}

/// Runs jobs on as many threads as there are processors, with whatever time is left over by all others.
private final class PatientExecutor: TaskExecutor {
    static let shared = PatientExecutor()

    private let jobs = Mutex<[UnownedJob]>([])
    private let wakeUp = DispatchSemaphore(value: 0)

    private init() {
        for index in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
            DispatchQueue(label: "patient.\(index)").async { self.run() }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        wakeUp.signal()
    }

    private func run() -> Never {
        // For this thread alone; it never goes back to the queue's pool.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        while true {
            wakeUp.wait()
            let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            // Safety: the job was enqueued for this executor and runs once.
            unsafe job?.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

import Dispatch
import Testing

@testable import TaskPool

/// A pool whose threads live as long as the test process; the daemon's own is seen in the tests under systemd.
struct TaskPoolTests {
    private static let pool: TaskPool = {
        let pool = TaskPool(workers: 2)
        DispatchQueue(label: "tests.pool").async { pool.run() }
        return pool
    }()

    @Test(.timeLimit(.minutes(1))) func everyTaskRuns() async {
        let sum = await withTaskExecutorPreference(Self.pool) {
            await withTaskGroup { group in
                for number in 1...10_000 {
                    group.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 50_005_000)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 20, 60])
    func aTaskSleepsOnThePoolForAsLongAsItAsks(milliseconds: Int) async throws {
        try await withTaskExecutorPreference(Self.pool) {
            let begin = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(milliseconds))
            #expect(begin.duration(to: .now) >= .milliseconds(milliseconds))
            try await Task.sleep(until: .now.advanced(by: .milliseconds(milliseconds)), clock: .suspending)
            #expect(begin.duration(to: .now) >= .milliseconds(2 * milliseconds))
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSleepThatIsCancelledEndsAtOnce() async {
        await withTaskExecutorPreference(Self.pool) {
            await withTaskGroup { group in
                group.addTask { (try? await Task.sleep(for: .seconds(3_600))) == nil }
                group.cancelAll()
                #expect(await group.next() == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTaskThatBlocksLeavesTheOtherWorkerItsTimers() async {
        let end = DispatchSemaphore(value: 0)
        await withTaskExecutorPreference(Self.pool) {
            await withTaskGroup { group in
                group.addTask { Self.block(end) }
                for _ in 0..<10 { group.addTask { try? await Task.sleep(for: .milliseconds(2)) } }
                for _ in 0..<10 { await group.next() }
                end.signal()
            }
        }
    }

    private static func block(_ end: DispatchSemaphore) { end.wait() }
}

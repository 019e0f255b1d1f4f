import Systemd
import Testing

@Suite struct IdlePolicyTests {
    /// A look at the connections, and whether it has been quiet for ten seconds then.
    private typealias Look = (second: Int, connections: Int, admitted: UInt64, isIdle: Bool)

    private func check(_ looks: [Look]) {
        let start = ContinuousClock.now
        var policy = IdlePolicy(at: start)
        for look in looks {
            let isIdle = policy.isIdle(
                connectionCount: look.connections,
                admittedCount: look.admitted,
                window: .seconds(10),
                at: start + .seconds(look.second)
            )
            #expect(isIdle == look.isIdle, "second \(look.second)")
        }
    }

    @Test func quietForTheWholeWindowIsIdle() {
        check([(9, 0, 0, false), (10, 0, 0, true)])
    }

    @Test func openConnectionIsNotIdle() {
        check([(60, 1, 1, false), (69, 0, 1, false), (70, 0, 1, true)])
    }

    @Test func connectionThatCameAndWentUnseenCounts() {
        check([(10, 0, 1, false), (19, 0, 1, false), (20, 0, 1, true)])
    }
}

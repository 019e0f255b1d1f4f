import Systemd
import Testing

@Suite struct HeartbeatWatchTests {
    @Test func countThatStandsStillIsDeadAfterItsTime() {
        let start = ContinuousClock.now
        var watch = HeartbeatWatch(patience: .seconds(5))
        let looks: [(beat: UInt64, second: Int, isAlive: Bool)] = [
            (1, 0, true), (1, 5, true), (1, 6, false), (2, 7, true), (2, 12, true), (2, 13, false),
        ]
        for look in looks {
            let isAlive = watch.isAlive(look.beat, at: start + .seconds(look.second))
            #expect(isAlive == look.isAlive, "second \(look.second)")
        }
    }
}

import Consent
import Delivery
import Glibc

/// What goes wrong on purpose, in debug builds only: what nothing from outside can bring about.
enum Fault {
    /// The delivery loop's clock; one that stops the loop for good where `CONSENTD_FAULT_STUCK_DELIVERY` is set.
    static var deliveryClock: any DeliveryClock {
        #if DEBUG
        if unsafe getenv("CONSENTD_FAULT_STUCK_DELIVERY") != nil { return StuckClock() }
        #endif
        return WallClock()
    }
}

#if DEBUG
/// Goes right for three seconds, and then never returns from a look at it.
private struct StuckClock: DeliveryClock {
    private let start = ContinuousClock.now

    func now() -> Timestamp {
        while start.duration(to: .now) > .seconds(3) { pause() }
        return WallClock().now()
    }

    func sleep(until moment: Timestamp) async {
        await WallClock().sleep(until: moment)
    }
}
#endif

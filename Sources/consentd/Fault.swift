import Consent
import Delivery
import Glibc

/// What goes wrong on purpose, in debug builds only: what nothing from outside can bring about.
enum Fault {
    /// The delivery loop's clock; one that stops the loop for good where `CONSENTD_FAULT_STUCK_DELIVERY` is set, and one
    /// that runs so many times as fast as `CONSENTD_FAULT_CLOCK_RATE` says.
    static var deliveryClock: any DeliveryClock {
        #if DEBUG
        if unsafe getenv("CONSENTD_FAULT_STUCK_DELIVERY") != nil { return StuckClock() }
        if let text = unsafe getenv("CONSENTD_FAULT_CLOCK_RATE"), let rate = unsafe Int(String(cString: text)), rate > 0
        {
            return FastClock(rate: rate)
        }
        #endif
        return WallClock()
    }
}

#if DEBUG
/// Runs ahead of the time of day, so that minutes of waiting take seconds.
private struct FastClock: DeliveryClock {
    let rate: Int
    private let start = WallClock().now()

    init(rate: Int) {
        self.rate = rate
    }

    func now() -> Timestamp {
        start + (WallClock().now() - start) * rate
    }

    func sleep(until moment: Timestamp) async {
        await WallClock().sleep(until: start + (moment - start) / rate)
    }
}

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

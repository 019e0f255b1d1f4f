import Synchronization

/// The org as its connections share it: each step is taken whole, with the time of now.
final class SharedOrg: Sendable {
    private let org: Mutex<Org>

    init(_ org: consuming Org) {
        self.org = Mutex(org)
    }

    func begin(_ request: OrgRequest) -> Org.Call {
        let now = OrgClock.now
        return org.withLock { $0.begin(request, at: now) }
    }

    func isHeld(_ call: Org.Call) -> Bool {
        org.withLock { $0.isHeld(call) }
    }

    func perform(_ call: Org.Call) -> OrgResponse? {
        let now = OrgClock.now
        return org.withLock { $0.perform(call, at: now) }
    }

    func end(_ call: Org.Call) {
        org.withLock { $0.end(call) }
    }

    func withOrg<Result>(_ body: (inout sending Org) throws -> sending Result) rethrows -> sending Result {
        try org.withLock(body)
    }
}

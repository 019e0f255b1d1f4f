import Consent
import Delivery

/// What must hold for a call next to those that are out.
struct CallChecks: Sendable {
    /// The calls that are out.
    var open: [DeliveryCall]
    /// The Account of a record, where it has one.
    var parents: [String: String] = [:]
    /// The records of jobs that have them and are not over, by origin.
    var jobs: [(origin: String, recordIDs: [String])] = []
    /// Whether the circuit breaker of the call's org lets only one call at a time through.
    var isTrial = false
    /// Whether nothing but withdrawals may go out, and which subjects' calls are that.
    var grantsWait = false
    var isWithdrawal: @Sendable (SubjectKey) -> Bool = { _ in true }

    /// What is wrong with starting this call, which is for these subjects.
    func violations(of call: DeliveryCall, for subjects: [SubjectKey] = []) -> [String] {
        var violations: [String] = []
        switch call.request {
        case .update(let writes): violations += updateViolations(writes.map(\.recordID), call)
        case .create(let writes): violations += creationViolations(writes.map { $0.organizationUserID.lowercased() })
        case .find(let people): if people.count > 1_000 { violations.append("more than 1,000 people") }
        case .upload(let writes, _):
            violations += touchViolations(writes.map(\.recordID), call)
            if Set(writes.map(\.recordID)).count != writes.count { violations.append("a record twice in one job") }
        case .take, .openJob, .check, .abort, .probe: break
        }
        guard call.request != .probe else { return violations }
        let sameLogin = open.filter { $0.request != .probe && $0.isSameLogin(as: call) }
        if sameLogin.count >= 4 { violations.append("more than 4 calls in flight") }
        if isTrial, !sameLogin.isEmpty { violations.append("not alone although the breaker is not closed") }
        if grantsWait, !subjects.allSatisfy(isWithdrawal) { violations.append("a grant uses the reserve") }
        return violations
    }

    private func updateViolations(_ ids: [String], _ call: DeliveryCall) -> [String] {
        var violations: [String] = []
        if Set(ids).count != ids.count { violations.append("a record twice in one call") }
        if ids.count > 200 { violations.append("more than 200 records") }
        return violations + touchViolations(ids, call)
    }

    private func touchViolations(_ ids: [String], _ call: DeliveryCall) -> [String] {
        var violations: [String] = []
        let touched = touched(ids)
        for job in jobs where job.origin == call.configuration.origin {
            let isDisjoint = touched.isDisjoint(with: self.touched(job.recordIDs))
            if !isDisjoint { violations.append("a record or parent of a job") }
        }
        for other in open where other.configuration.origin == call.configuration.origin {
            guard case .update(let writes) = other.request else { continue }
            if !touched.isDisjoint(with: self.touched(writes.map(\.recordID))) {
                violations.append("a record or parent twice")
            }
        }
        return violations
    }

    private func creationViolations(_ people: [String]) -> [String] {
        var violations: [String] = []
        if Set(people).count != people.count { violations.append("a person created twice in one call") }
        for other in open {
            guard case .create(let writes) = other.request else { continue }
            if !Set(people).isDisjoint(with: writes.map { $0.organizationUserID.lowercased() }) {
                violations.append("a person created twice at once")
            }
        }
        return violations
    }

    private func touched(_ ids: [String]) -> Set<String> {
        Set(ids + ids.compactMap { parents[$0] })
    }
}

extension DeliveryCall {
    fileprivate func isSameLogin(as other: DeliveryCall) -> Bool {
        configuration.origin == other.configuration.origin && configuration.clientID == other.configuration.clientID
    }
}

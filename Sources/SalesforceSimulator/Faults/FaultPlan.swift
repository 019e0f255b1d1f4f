/// The faults of an org and the decision which of them hit a call.
struct FaultPlan: Sendable {
    var faults: [Fault] = []

    /// What a fault can know about a call.
    struct Facts {
        var kinds: Set<RequestKind>
        var sobjects: Set<String>
        /// Ids and key values of the records in the call, in lower case.
        var subjects: Set<String>
        /// Whether the call looks at a bulk job that is due to process its records.
        var isBulkRun = false
    }

    /// Returns the faults that hit this call and counts them.
    mutating func fire(_ facts: Facts) -> [Fault] {
        var hits: [Fault] = []
        for index in faults.indices where faults[index].isLive && Self.matches(faults[index], facts) {
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            faults[index].fired += 1
            if let times = faults[index].times {
                faults[index].times = times - 1
            }
            hits.append(faults[index])
        }
        return hits
    }

    private static func matches(_ fault: Fault, _ facts: Facts) -> Bool {
        let isLogin = facts.kinds.contains { $0.isLogin }
        if case .refuseLogin = fault.effect {
            return isLogin
        }
        if let kind = fault.match.kind {
            guard facts.kinds.contains(kind) else {
                return false
            }
        } else if isLogin {
            return false
        }
        if let sobject = fault.match.sobject, !facts.sobjects.contains(sobject.lowercased()) {
            return false
        }
        if let subject = fault.match.subject, !facts.subjects.contains(subject.lowercased()) {
            return false
        }
        return hasWork(fault.effect, facts)
    }

    private static func hasWork(_ effect: Fault.Effect, _ facts: Facts) -> Bool {
        switch effect {
        case .lock(let subjects, let first):
            // Which records are in a job is seen when it comes to them.
            if facts.isBulkRun { return true }
            let isWrite = facts.kinds.contains { $0.isWrite }
            return isWrite && (first > 0 || subjects.contains { facts.subjects.contains($0.lowercased()) })
        case .recordError where facts.isBulkRun:
            return true
        case .recordError(let subject, _, _, _), .batchError(let subject, _, _):
            return facts.kinds.contains { $0.isWrite } && facts.subjects.contains(subject.lowercased())
        case .bulkJob:
            return facts.isBulkRun
        case .partStatus:
            return facts.kinds.contains(.composite)
        case .results:
            return facts.kinds.contains { $0.isWrite }
        case .fewerRows:
            return facts.kinds.contains(.query)
        default:
            return true
        }
    }
}

extension Fault {
    fileprivate var isLive: Bool {
        (times ?? 1) > 0
    }
}

import Consent

/// A job that goes on for too long.
extension DeliveryPlan {
    /// Whether a job keeps the people in it waiting for too long: withdrawals among them above all.
    func isOverdue(_ index: Int, at now: Timestamp) -> Bool {
        guard let bulk = configurations[index].bulk, !bulk.wasStopped, !isStopping else { return false }
        let age = now - bulk.startedAt
        if age >= options.bulkAgeMax { return true }
        guard age >= options.bulkAgeMaxBeforeDenials else { return false }
        return bulk.items.contains { item in
            guard let active = configurations[index].active[item.slot] else { return false }
            return active.newer?.isWithdrawal == true && !active.write.isWithdrawal
        }
    }

    /// Tells a job to stop that has begun.
    mutating func stopJob(of index: Int, at now: Timestamp) {
        guard let job = configurations[index].bulk?.job, configurations[index].configuration != nil else { return }
        configurations[index].bulk?.stage = .stopping
        ask(.abort(job: job), of: index, at: now)
    }

    /// Goes on asking until the org says that the job is over: until then it may write.
    mutating func stopped(_ call: CallState, _ failure: Failure?, at now: Timestamp) {
        let index = call.configuration
        configurations[index].bulk?.stage = .running
        switch failure?.kind {
        case .transient?, .orgPause?, .cancelled?: break
        default:
            configurations[index].bulk?.wasStopped = true
            configurations[index].bulk?.checks = 0
        }
        scheduleCheck(of: index, at: now)
        if failure == nil {
            noteAnswer(call, at: now)
        } else {
            noteStep(call, failure, holds: false, at: now)
        }
    }
}

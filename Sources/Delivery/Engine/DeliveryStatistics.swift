package import Consent

/// What delivery has done and how it stands.
package struct DeliveryStatistics: Sendable {
    package var configurations: [ConfigurationID: ConfigurationStatistics] = [:]
    package var orgs: [OrgStatistics] = []
    /// Outcomes and conditions that the store has not taken yet.
    package var unrecorded = 0
    /// Why the store last refused to record; nil when it takes everything.
    package var recordingError: String?

    package init() {}
}

/// How delivery stands for one configuration.
package struct ConfigurationStatistics: Sendable {
    package var breaker: BreakerState
    package var apiUsage: APIUsage?
    /// What last went wrong, of a call or of a record; it names no person.
    package var lastError: Failure?
    package var callsInFlight: Int
    /// Subjects that wait, ready or not.
    package var waiting: Int
    /// Subjects that are being looked up, written or recorded.
    package var active: Int
}

/// How delivery stands for one org, that is one login to one origin.
package struct OrgStatistics: Sendable {
    package var origin: String
    package var configurations: [ConfigurationID]
    package var breaker: BreakerState
    package var isPaused: Bool
    package var apiUsage: APIUsage?
    package var callsInFlight: Int
}

extension DeliveryPlan {
    /// What has been done and how it stands.
    package func statistics(at now: Timestamp) -> DeliveryStatistics {
        var statistics = DeliveryStatistics()
        for state in configurations where state.configuration != nil {
            let org = orgs[state.org]
            statistics.configurations[state.id] = ConfigurationStatistics(
                breaker: org.breaker.isClosed ? state.breaker.state(at: now) : org.breaker.state(at: now),
                apiUsage: org.usage,
                lastError: state.lastFailure,
                callsInFlight: state.callsInFlight,
                waiting: state.waiting.count,
                active: state.active.count
            )
        }
        statistics.orgs = orgs.map { org in
            OrgStatistics(
                origin: org.name,
                configurations: org.configurations.map { configurations[$0].id },
                breaker: org.breaker.state(at: now),
                isPaused: org.pause != nil,
                apiUsage: org.usage,
                callsInFlight: org.callsInFlight
            )
        }
        return statistics
    }
}

/// The limits and times of delivery; what is not about a single record is decided here.
package struct DeliveryOptions: Hashable, Sendable {
    /// Calls in flight per org (origin and client id).
    package var callsInFlightPerOrg = 4
    /// Records in one update or creation.
    package var batchRecordsMax = 200
    /// People in one lookup.
    package var findPeopleMax = 1_000
    /// How long a batch that is not full gathers while other calls of the org are out.
    package var gathering = Duration.milliseconds(50)
    /// The same when the org's daily allocation runs low.
    package var gatheringWhenScarce = Duration.seconds(2)
    /// The share of the daily allocation from which batches gather longer.
    package var scarceUsage = 0.8
    /// The share of the daily allocation from which only withdrawals go out.
    package var withdrawalsOnlyUsage = 0.95
    /// How often the allocation is read again while only withdrawals go out.
    package var usageRefresh = Duration.seconds(15 * 60)
    /// Whole calls that fail in a row until the circuit breaker opens.
    package var breakerFailures = 5
    /// Subjects of one configuration between being taken and being recorded.
    package var activeSubjectsMax = 4_000
    /// Subjects of one configuration being looked up or found from which on only withdrawals are looked up.
    package var foundSubjectsMax = 800
    /// Subjects of one configuration taken, looked up or found from which on only withdrawals are taken.
    package var takenSubjectsMax = 1_600
    /// Records that fail alone, none of the batch succeeding, until the configuration is to blame.
    package var culpritsMax = 4
    /// Subjects for which per-record results are kept between tries.
    package var partialResultsMax = 10_000
    /// How long a creation without an answer keeps others from creating the same person.
    package var creationSettles = Duration.seconds(30)
    /// Ready subjects up to which those that waited for their org are added, so that no step takes long.
    package var drainedReadyMax = 4_096
    /// Subjects of one configuration that waited while nothing could go out, from which on a job writes them; 0 is never.
    package var bulkThreshold = 10_000
    /// Records in one job.
    package var bulkRecordsMax = 20_000
    /// How long subjects are looked up for a job before it starts with those that were found.
    package var bulkGathering = Duration.seconds(30)
    /// How long a job may run until it is asked to stop.
    package var bulkAgeMax = Duration.seconds(15 * 60)
    /// The same while somebody in it has denied something since.
    package var bulkAgeMaxBeforeDenials = Duration.seconds(60)
    /// How long no job is tried after one that was refused or left most of its records without a result.
    package var bulkPause = Duration.seconds(3_600)
    /// How long calls in flight may take to end when the service stops.
    package var shutdownGrace = Duration.seconds(5)
    /// When what failed is tried again.
    package var schedule = RetrySchedule()

    package init() {}
}

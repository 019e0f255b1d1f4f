package import OpenMetrics

extension ConsentServer {
    /// Where everything that the daemon measures comes together; `proto-docs/methods/metrics.read.md` names each family.
    package static func metricRegistry() -> MetricRegistry {
        MetricRegistry(
            serviceFamilies + storeFamilies + deliveryFamilies,
            droppedSeries: MetricFamily(
                "consentd_series_dropped",
                .counter,
                "Requests for a series that were refused because there were too many."
            )
        )
    }

    private static let serviceFamilies: [MetricFamily] = [
        MetricFamily("consentd_build", .info, "Which consentd this is."),
        MetricFamily("consentd_requests", .counter, "Requests that ended, by method and canonical status."),
        MetricFamily("consentd_request_seconds", .histogram, "How long requests took from their reading to their end."),
        MetricFamily("consentd_connections", .gauge, "Open connections."),
        MetricFamily("consentd_connections_admitted", .counter, "Connections since the start."),
        MetricFamily("consentd_connections_refused", .counter, "Connections that were turned away, by the reason."),
    ]

    private static let storeFamilies: [MetricFamily] = [
        MetricFamily("consentd_publishes", .counter, "Answers to publishConsent by what became of the event."),
        MetricFamily(
            "consentd_journal_sync_seconds",
            .histogram,
            "How long a sync of the journal took.",
            bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
        ),
        MetricFamily("consentd_journal_records", .counter, "Records written to the journal since the start."),
        MetricFamily("consentd_journal_mark_failures", .counter, "High-water marks that could not be written."),
        MetricFamily("consentd_journal_bytes", .gauge, "Bytes that the journal takes on the disk."),
        MetricFamily("consentd_journal_segments", .gauge, "Segments of the journal."),
        MetricFamily("consentd_journal_healthy", .gauge, "1 while the journal takes records."),
        MetricFamily("consentd_erasures_pending", .gauge, "Erasures whose bytes may still be on the disk."),
        MetricFamily("consentd_deliveries", .gauge, "Deliveries in memory by state."),
        MetricFamily(
            "consentd_oldest_undelivered_seconds",
            .gauge,
            "Age of the oldest undelivered event, 0 without one."
        ),
    ]

    private static let deliveryFamilies: [MetricFamily] = [
        MetricFamily("consentd_outcomes_unrecorded", .gauge, "Outcomes that the journal has not taken yet."),
        MetricFamily("consentd_salesforce_calls", .counter, "HTTP calls by what they were for, since the start."),
        MetricFamily("consentd_salesforce_records_written", .counter, "Records written since the start."),
        MetricFamily("consentd_salesforce_calls_in_flight", .gauge, "HTTP calls that are out."),
        MetricFamily("consentd_salesforce_breaker_closed", .gauge, "1 while calls go out as they come."),
        MetricFamily(
            "consentd_salesforce_api_used",
            .gauge,
            "API requests of the org in the last 24 hours, as it tells."
        ),
        MetricFamily("consentd_salesforce_api_limit", .gauge, "API requests that the org may have in 24 hours."),
    ]
}

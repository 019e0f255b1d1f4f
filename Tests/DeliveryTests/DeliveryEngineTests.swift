import Consent
import Delivery
import OpenMetrics
import Testing

@Suite struct DeliveryEngineTests {
    private let configuration = Configuration.test()

    @Test(.timeLimit(.minutes(1)))
    func everythingPublishedIsDeliveredAndTheEndOfTheOutboxEndsTheRun() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        let writer = ScriptedWriter()
        let metrics = MetricRegistry([])
        let engine = DeliveryEngine(outbox: outbox, writer: writer, seed: 1, metrics: metrics)
        await outbox.publish(0..<1_000, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await outbox.waitForOutcomes(1_000)
            await outbox.finish()
        }
        let results = await outbox.outcomes.values
        #expect(results.count == 1_000)
        #expect(results.allSatisfy { $0.isDelivered })
        #expect(await writer.records == 1_000)
        #expect(await outbox.inFlightCount == 0)
        #expect(engine.heartbeat > 0)
        let statistics = await engine.statistics()
        let counted = metrics.text().split(separator: "\n")
        let label = "configuration_id=\"\(configuration.id)\""
        #expect(counted.contains("consentd_salesforce_records_written_total{\(label)} 1000"), "\(counted)")
        let updates = counted.first { $0.hasPrefix("consentd_salesforce_calls_total{\(label),kind=\"update\"} ") }
        #expect((5...7).contains(Int(updates?.split(separator: " ").last ?? "") ?? 0), "\(updates ?? "none")")
        #expect(statistics.configurations[configuration.id]?.breaker == .closed)
        #expect(statistics.unrecorded == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func outcomesThatTheStoreRefusesAreOfferedAgain() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        await outbox.refuse(times: 3)
        let clock = ImpatientClock()
        let engine = DeliveryEngine(outbox: outbox, writer: ScriptedWriter(), clock: clock, seed: 1)
        await outbox.publish(0..<50, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await outbox.waitForOutcomes(50)
            await outbox.finish()
        }
        #expect(await outbox.outcomes.count == 50)
        #expect(await outbox.refusalsLeft == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func passingFailuresAreRetriedOnTheClock() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        let writer = ScriptedWriter()
        await writer.fail(times: 3)
        let engine = DeliveryEngine(outbox: outbox, writer: writer, clock: ImpatientClock(), seed: 1)
        await outbox.publish(0..<5, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await outbox.waitForOutcomes(5)
            await outbox.finish()
        }
        #expect(await outbox.outcomes.values.allSatisfy { $0.isDelivered })
        #expect(await outbox.retries > 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func cancellationEndsCallsInFlightAndGivesTheirSubjectsBack() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        let writer = ScriptedWriter()
        await writer.hang()
        let engine = DeliveryEngine(outbox: outbox, writer: writer, seed: 1)
        await outbox.publish(0..<10, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await writer.waitUntilHanging()
            group.cancelAll()
        }
        #expect(await outbox.released == 10)
        #expect(await outbox.inFlightCount == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func aHungCallDoesNotOutliveTheGraceOfAStop() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        let writer = ScriptedWriter()
        await writer.hang()
        var options = DeliveryOptions()
        options.shutdownGrace = .milliseconds(50)
        let engine = DeliveryEngine(outbox: outbox, writer: writer, options: options, seed: 1)
        await outbox.publish(0..<10, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await writer.waitUntilHanging()
            await outbox.finish()
        }
        #expect(await outbox.released == 10)
    }

    @Test(.timeLimit(.minutes(1)))
    func conditionsReachTheStore() async {
        let outbox = MemoryOutbox(configurations: [configuration])
        let writer = ScriptedWriter()
        await writer.fail(times: 1, as: .test(.configuration, "invalid_client"))
        let engine = DeliveryEngine(outbox: outbox, writer: writer, clock: ImpatientClock(), seed: 1)
        await outbox.publish(0..<5, to: configuration.id)
        await withTaskGroup { group in
            group.addTask { await engine.run() }
            await outbox.waitForOutcomes(5)
            await outbox.finish()
        }
        let conditions = await outbox.conditions
        guard case .held("invalid_client", _, _, _) = conditions.first else {
            Issue.record("not held")
            return
        }
        #expect(conditions.last == .running)
    }
}

package import CoreMetrics
import Synchronization

/// Keeps what is measured through swift-metrics, and gives it as OpenMetrics text.
///
/// Measuring takes no lock of the registry's: only making, destroying and reading do.
package final class MetricRegistry: MetricsFactory {
    private let seriesMax: Int
    private let state: Mutex<State>

    fileprivate struct State {
        var families: [String: Family] = [:]
        /// Their names in the order of the text.
        var names: [String] = []
        var seriesCount = 0
    }

    fileprivate struct Family {
        var description: MetricFamily
        var series: [String: any MetricSeries] = [:]
        /// Their labels in the order of the text.
        var labels: [String] = []
    }

    /// Describes families beforehand, in the order of the text; others may come, without a word of explanation.
    ///
    /// What would be the series after `seriesMax` measures nothing, and is counted by `droppedSeries` if it is given.
    package init(_ families: [MetricFamily], seriesMax: Int = 10_000, droppedSeries: MetricFamily? = nil) {
        self.seriesMax = seriesMax
        var state = State()
        for description in families + (droppedSeries.map { [$0] } ?? []) { state.add(description) }
        let dropped = CounterSeries()
        if let droppedSeries { state.families[droppedSeries.name]?.add(dropped, "") }
        self.dropped = dropped
        self.state = Mutex(state)
    }

    private let dropped: CounterSeries

    /// Everything measured up to now.
    package func text() -> String {
        let state = state.withLock { $0 }
        var text = MetricText()
        for name in state.names {
            guard let family = state.families[name] else { continue }
            text.family(name, family.description.kind, family.description.help)
            for labels in family.labels { family.series[labels]?.write(name, labels, to: &text) }
        }
        return text.finished()
    }

    // MARK: Making

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        var name = MetricLabels.name(label)
        if name.hasSuffix("_total") { name.removeLast("_total".count) }
        return series(name, [.counter], dimensions) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) ?? NOOPMetricsHandler.instance }
        return histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries? {
        series(MetricLabels.name(label), [.gauge, .info], dimensions) {
            GaugeSeries(suffix: $0.kind == .info ? "_info" : "")
        }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        series(MetricLabels.name(label), [.histogram], dimensions) { HistogramSeries(bounds: $0.bounds) }
    }

    /// The series of this name and these labels, which may be there already; nil where it cannot be.
    private func series<Series: MetricSeries>(
        _ name: String,
        _ kinds: [MetricFamily.Kind],
        _ dimensions: [(String, String)],
        make: (MetricFamily) -> Series
    ) -> Series? {
        let labels = MetricLabels.text(dimensions)
        let series = state.withLock { state -> Series? in
            if state.families[name] == nil { state.add(MetricFamily(name, kinds[0], "")) }
            guard let family = state.families[name], kinds.contains(family.description.kind) else { return nil }
            if let known = family.series[labels] { return known as? Series }
            guard state.seriesCount < seriesMax else { return nil }
            let series = make(family.description)
            state.families[name]?.add(series, labels)
            state.seriesCount += 1
            return series
        }
        if series == nil { dropped.increment(by: 1) }
        return series
    }

    // MARK: Destroying

    package func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: AnyObject) {
        state.withLock { state in
            for name in state.names where state.families[name]?.remove(handler) == true { state.seriesCount -= 1 }
        }
    }
}

extension MetricRegistry.State {
    mutating func add(_ description: MetricFamily) {
        guard families[description.name] == nil else { return }
        families[description.name] = MetricRegistry.Family(description: description)
        names.append(description.name)
    }
}

extension MetricRegistry.Family {
    mutating func add(_ series: any MetricSeries, _ text: String) {
        self.series[text] = series
        labels.append(text)
    }

    /// Takes a series out; false where it is none of this family's.
    mutating func remove(_ handler: AnyObject) -> Bool {
        guard let index = labels.firstIndex(where: { series[$0] === handler }) else { return false }
        series[labels.remove(at: index)] = nil
        return true
    }
}

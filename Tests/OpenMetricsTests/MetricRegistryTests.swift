import CoreMetrics
import OpenMetrics
import Testing

/// What is measured through swift-metrics is what the text says.
struct MetricRegistryTests {
    private let registry = MetricRegistry(
        [
            MetricFamily("calls", .counter, "Calls \"of\" a\nday."), MetricFamily("build", .info, "Which."),
            MetricFamily("size", .gauge, ""), MetricFamily("wait_seconds", .histogram, "Waits.", bounds: [0.5, 2]),
        ],
        seriesMax: 8,
        droppedSeries: MetricFamily("dropped", .counter, "Too many.")
    )

    /// The text without what is there before anything is measured.
    private var samples: [Substring] {
        registry.text().split(separator: "\n").filter { !$0.hasPrefix("#") && $0 != "dropped_total 0" }
    }

    @Test func emptyFamiliesAreDescribed() {
        let text = """
            # TYPE calls counter
            # HELP calls Calls \\"of\\" a\\nday.
            # TYPE build info
            # HELP build Which.
            # TYPE size gauge
            # TYPE wait_seconds histogram
            # HELP wait_seconds Waits.
            # TYPE dropped counter
            # HELP dropped Too many.
            dropped_total 0
            # EOF

            """
        #expect(registry.text() == text)
    }

    @Test func countersOnlyGrow() {
        let counter = Counter(label: "calls", dimensions: [("kind", "a")], factory: registry)
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: -3)
        #expect(samples == [#"calls_total{kind="a"} 42"#])
        // The same name and labels are the same series, with or without the suffix.
        Counter(label: "calls_total", dimensions: [("kind", "a")], factory: registry).increment()
        #expect(samples == [#"calls_total{kind="a"} 43"#])
        counter.reset()
        #expect(samples == [#"calls_total{kind="a"} 0"#])
    }

    @Test func gaugesTellTheLastValue() {
        let meter = Meter(label: "size", factory: registry)
        meter.set(3)
        meter.increment(by: 2.5)
        meter.decrement()
        #expect(samples == ["size 4.5"])
        for (value, text) in [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-2, "-2"), (1e300, "1e+300"),
            (0.25, "0.25"),
        ] {
            Gauge(label: "size", factory: registry).record(value)
            #expect(samples == ["size \(text)"])
        }
        Gauge(label: "build", dimensions: [("version", "1")], factory: registry).record(1)
        #expect(samples.first == #"build_info{version="1"} 1"#)
    }

    @Test func histogramsAreCumulativeWithTheirBoundsIncluded() {
        let timer = Timer(label: "wait_seconds", dimensions: [("to", "x")], factory: registry)
        for milliseconds in [500, 501, 2_000, 9_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            samples == [
                #"wait_seconds_bucket{to="x",le="0.5"} 1"#, #"wait_seconds_bucket{to="x",le="2.0"} 3"#,
                #"wait_seconds_bucket{to="x",le="+Inf"} 4"#, #"wait_seconds_count{to="x"} 4"#,
                #"wait_seconds_sum{to="x"} 12.001"#,
            ]
        )
        // A recorder that adds up is one too, with bounds of its own where nobody described it.
        Recorder(label: "sizes", factory: registry).record(70)
        #expect(samples.contains(#"sizes_bucket{le="60.0"} 0"#) && samples.contains("sizes_sum 70"))
    }

    @Test func namesAndLabelsAreMadeFit() {
        let dimensions = [("a-b", "1"), ("a_b", "2"), ("9", "\\\"\n"), ("le", "3"), ("", "é"), ("x:y", "4")]
        Counter(label: "9 lives:ö", dimensions: dimensions, factory: registry).increment()
        #expect(samples == [#"__lives:__total{a_b="1",_="\\\"\n",exported_le="3",x_y="4"} 1"#])
    }

    @Test func oneNameHasOneKind() {
        Gauge(label: "calls", factory: registry).record(7)
        Timer(label: "size", factory: registry).recordSeconds(1)
        Counter(label: "wait_seconds", factory: registry).increment()
        #expect(samples == ["dropped_total 3"])
    }

    @Test func seriesAreBounded() {
        let counters = (0..<10).map { Counter(label: "calls", dimensions: [("n", "\($0)")], factory: registry) }
        for counter in counters { counter.increment() }
        #expect(samples.count == 9 && samples.last == "dropped_total 2")
        counters[0].destroy()
        counters[9].destroy()
        #expect(samples.count == 8 && !samples.contains(#"calls_total{n="0"} 1"#))
        // What was destroyed made room, and may come again from the beginning.
        let again = Counter(label: "calls", dimensions: [("n", "0")], factory: registry)
        #expect(samples.dropLast().last == #"calls_total{n="0"} 0"#)
        again.increment()
        #expect(samples.dropLast().last == #"calls_total{n="0"} 1"#)
    }

    @Test func nothingIsLostAmongThreads() async {
        await withDiscardingTaskGroup { [registry] group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "calls", factory: registry)
                    let meter = Meter(label: "size", factory: registry)
                    let timer = Timer(label: "wait_seconds", factory: registry)
                    for _ in 0..<10_000 {
                        counter.increment()
                        meter.increment()
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        #expect(samples.contains("calls_total 80000") && samples.contains("size 80000"))
        #expect(samples.contains("wait_seconds_count 80000") && samples.contains("wait_seconds_sum 80000"))
    }
}

/// A progress bar that appears only once something has taken a second.
struct SlowProgress {
    private let title: String
    private let total: Int
    private let start = ContinuousClock.now
    private var bar: ProgressBar?

    init(_ title: String, total: Int) {
        self.title = title
        self.total = total
    }

    mutating func show(_ done: Int) {
        if bar == nil, total > 1, ContinuousClock.now - start > .seconds(1) { bar = ProgressBar(title, total: total) }
        bar?.show(done)
    }

    /// Ends the bar's line, where there is one.
    func finish() {
        bar?.finish()
    }
}

import ChildProcesses

/// Shows how far something has come: a bar that redraws itself for a person, a few lines for a log.
struct ProgressBar {
    private let title: String
    private let total: Int
    private let isDrawn = StandardError.isTerminal
    private var shownPercent = -1

    init(_ title: String, total: Int) {
        self.title = title
        self.total = max(total, 1)
        show(0)
    }

    mutating func show(_ done: Int, note: String = "") {
        let percent = min(100, done * 100 / total)
        // A log needs every quarter, a person every step.
        guard percent != shownPercent, isDrawn || percent % 25 == 0 || percent / 25 > shownPercent / 25 else { return }
        shownPercent = percent
        let text = "\(title) \(done)/\(total)" + (note.isEmpty ? "" : "  \(note)")
        guard isDrawn else { return StandardError.write(text + "\n") }
        let width = 30
        let filled = width * percent / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        StandardError.write("\r\u{1B}[K[\(bar)] \(percent)% \(text)")
    }

    /// Ends the bar's line.
    func finish() {
        if isDrawn { StandardError.write("\n") }
    }
}

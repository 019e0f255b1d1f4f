/// Text that must never be seen: every way of printing it gives `***`.
package struct Secret: Hashable, Sendable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Hands the text to the one place that needs it, such as a login request or a sealed record.
    package func reveal() -> String {
        text
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "***" }

    package var debugDescription: String { "***" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

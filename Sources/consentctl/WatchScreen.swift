import ConsentClient
import Glibc
import JSON

/// A table on a terminal that is drawn anew with every change.
struct WatchScreen {
    private var deliveries: [(id: String, value: JSONValue)] = []
    private var drawnLines = 0

    /// More would scroll away on any terminal.
    private static let rowsMax = 20

    mutating func show(_ delivery: DeliveryStatus) {
        deliveries.removeAll { $0.id == delivery.deliveryID }
        deliveries.append((delivery.deliveryID, delivery.value))
        if deliveries.count > Self.rowsMax { deliveries.removeFirst() }
        // A line that wraps would take more rows than are counted, and the next drawing would start too low.
        let columns = Self.terminalColumns ?? .max
        let table = "\(Table.deliveries(in: ["deliveries": .array(deliveries.map(\.value))]))"
            .split(separator: "\n").map { $0.prefix(columns) }.joined(separator: "\n")
        // Up to the first line of the last drawing, then clear from there.
        let home = drawnLines > 0 ? "\u{1B}[\(drawnLines)A\r\u{1B}[J" : ""
        drawnLines = deliveries.count + 1
        printNow(home + table)
    }

    /// How wide the terminal is; nil where there is none or it does not tell.
    private static var terminalColumns: Int? {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// Prints a line that is not held back in a buffer, since its reader waits for it.
func printNow(_ text: String) {
    print(text)
    fflush(nil)
}

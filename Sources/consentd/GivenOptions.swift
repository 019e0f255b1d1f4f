/// The options as typed; nil where nothing was.
struct GivenOptions: Sendable {
    var socketDirectory: String?
    var stateDirectory: String?
    var allowsInsecureEndpoints = false
    var journalMaxBytes: String?
    var minFreeBytes: String?
    var maxPending: String?
    var bulkThreshold: String?
    var idleExit: String?
    var erasureDeadline: String?
    var settingsFile: String?
    var logLevel: String?
}

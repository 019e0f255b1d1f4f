/// The kinds of entries that an operator may look for; each has an explanation in the message catalog.
///
/// The ids are stable: searches and alarms rest on them.
enum EventKind: String, CaseIterable {
    case serving = "6c2096b7e13c40aba8b9377cfa3f8b93"
    case stopped = "58d6f02b08e74eb3a31137a289fe4baa"
    case idleExit = "d71fa02f69034de7a65e71c791363542"
    case journalReplayed = "01a849fc1ca34e7cb6a9484478d93275"
    case journalTornTail = "b141d78cf2284340864a40a6b1554f26"
    case journalRefused = "9d55b3f6a8a742bb91775b2901305615"
    case journalFailed = "a5c7f318425544dd8680fd23e18d1355"
    case settingsReloaded = "1c631b2cb6a444ff8f9c98a2d8b21679"
    case settingsRefused = "6e1e2a709ef54e4fac3ff51315c3b3e1"
    case call = "81ef0d6dff46441085e4ce3bfb6b598b"
    case internalError = "b2f1c0a7c53f4d2e9a1f3f0c6d8e7b45"
    case watchdogSilent = "ff1c18f4fd9b4b7a851d18ddcb61fb71"
}

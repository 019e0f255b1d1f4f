package import Consent
package import JSON
package import JSONRPC

/// Takes a consent event in, durably, for every configuration or the ones named.
///
/// The hottest method: its parameters are read from the document's tape, without an intermediate value.
package struct PublishConsent: Sendable {
    package static let name = "publishConsent"
    package static let access = Access.any

    package var event: ConsentEvent
    /// The digest of the event's content by value, whatever its spelling, and of the configurations where they are named.
    ///
    /// Whoever names others under the same key asks for something else, which must not be taken for done.
    package var digest: JSONDigest
    /// Nil means every configuration.
    package var configurationIDs: [ConfigurationID]?
    package var waitFor: WaitFor
    package var metadata: CallMetadata

    /// What the answer waits for.
    package enum WaitFor: String, CaseIterable, Sendable {
        /// The event is on disk.
        case accepted
        /// Every delivery of the event has ended.
        case delivered
    }

    /// How far ahead of the daemon's clock an event may be dated.
    package static let futureTolerance = Duration.seconds(300)

    private static let configurationIDsMax = 1_000

    /// Reads the parameters.
    ///
    /// - Throws: INVALID_ARGUMENT with every fault, `EVENT_FROM_THE_FUTURE` where that is the only one; NOT_FOUND for
    ///   a configuration id that cannot exist.
    package static func decode(
        _ document: borrowing JSONDocument,
        _ params: JSONNode?,
        now: Timestamp
    ) throws(ErrorObject) -> PublishConsent {
        guard let params, document.kind(params) == .object else {
            if let params, document.firstElement(of: params) != nil { throw .notAnObject }
            throw .invalidArgument([FieldViolation(path: "event", message: "is required")])
        }
        var faults = EventFaults()
        var event: ConsentEventReader.Reading?
        var hasEvent = false
        var configurationIDs: [ConfigurationID]?
        var isConfigurationKnown = true
        var waitFor = WaitFor.accepted
        var metadata = CallMetadata()
        var next = document.firstMember(of: params)
        while let name = next {
            let value = document.value(ofMember: name)
            next = document.member(after: name)
            if document.stringEquals(name, "event") {
                hasEvent = true
                event = ConsentEventReader.read(document, value, &faults)
            } else if document.isNull(value) {
                continue
            } else if document.stringEquals(name, "configuration_ids") {
                configurationIDs = readConfigurationIDs(document, value, &isConfigurationKnown, &faults)
            } else if document.stringEquals(name, "wait_for") {
                if let choice = document.string(value).flatMap({ WaitFor(rawValue: $0) }) {
                    waitFor = choice
                } else {
                    faults.add("wait_for", "must be one of accepted, delivered")
                }
            } else if document.stringEquals(name, "_meta") {
                metadata = readMetadata(document, value, now: now, &faults)
            } else {
                faults.add(document.string(name) ?? "", "is not known here")
            }
        }
        if !hasEvent { faults.add("event", "is required") }
        if let createdAt = event?.event.createdAt, createdAt > now + futureTolerance {
            guard faults.violations.isEmpty else { throw faults.error(future: true) }
            faults.add("event.created_at", "is more than 5 minutes ahead of this host's clock")
            throw .invalidArgument(faults.violations, reason: "EVENT_FROM_THE_FUTURE")
        }
        guard faults.violations.isEmpty, let event else { throw faults.error(future: false) }
        guard isConfigurationKnown else {
            throw .status(.notFound, reason: "CONFIGURATION_NOT_FOUND", message: "no such configuration")
        }
        let digest = event.digest(document)
        return PublishConsent(
            event: event.event,
            digest: configurationIDs.map { ids in digest.combined(with: ids.map { UInt64($0.ordinal) }) } ?? digest,
            configurationIDs: configurationIDs,
            waitFor: waitFor,
            metadata: metadata
        )
    }

    private static func readConfigurationIDs(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        _ isKnown: inout Bool,
        _ faults: inout EventFaults
    ) -> [ConfigurationID]? {
        guard document.kind(node) == .array else {
            faults.add("configuration_ids", "must be an array")
            return nil
        }
        var ids: [ConfigurationID] = []
        var index = 0
        for element in document.elements(of: node) {
            defer { index += 1 }
            guard let text = document.string(element) else {
                faults.add("configuration_ids[\(index)]", "must be a string")
                continue
            }
            guard let id = ConfigurationID(text) else {
                isKnown = false
                continue
            }
            if !ids.contains(id) { ids.append(id) }
        }
        if !(1...configurationIDsMax).contains(index) {
            faults.add("configuration_ids", "must hold 1 to \(configurationIDsMax) ids")
        }
        return ids
    }

    private static func readMetadata(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        now: Timestamp,
        _ faults: inout EventFaults
    ) -> CallMetadata {
        let context = ParamsReader.Context(now: now) { _ throws(ParamsReader.EndpointFault) in "" }
        let reader = ParamsReader(["_meta": JSONValue(document, node)], context: context)
        let metadata = CallMetadata.decode(reader)
        faults.violations += reader.violations
        return metadata
    }
}

/// What is wrong with the parameters of a publish.
struct EventFaults {
    var violations: [FieldViolation] = []

    mutating func add(_ path: String, _ message: String) {
        violations.append(FieldViolation(path: path, message: message))
    }

    func error(future: Bool) -> ErrorObject {
        var violations = violations
        if future {
            violations.append(
                FieldViolation(path: "event.created_at", message: "is more than 5 minutes ahead of this host's clock")
            )
        }
        return .invalidArgument(violations)
    }
}

import Consent
import JSON

extension ConsentEventReader {
    /// `consents.purposes[]` and `consents.channels[]`.
    static func readConsents(
        _ document: borrowing JSONDocument,
        _ consents: JSONNode,
        _ path: String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(consents) == .object else {
            faults.add(path + ".consents", "must be an object")
            return
        }
        var next = document.firstMember(of: consents)
        while let name = next {
            let value = document.value(ofMember: name)
            next = document.member(after: name)
            guard !document.isNull(value) else { continue }
            if document.stringEquals(name, "purposes") {
                readItems(document, value, .purpose, path, ".consents.purposes", &draft, &faults)
            } else if document.stringEquals(name, "channels") {
                readItems(document, value, .channel, path, ".consents.channels", &draft, &faults)
            }
        }
    }

    private static func readItems(
        _ document: borrowing JSONDocument,
        _ array: JSONNode,
        _ source: SourceChoice.Source,
        _ path: String,
        _ member: String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(array) == .array else {
            faults.add(path + member, "must be an array")
            return
        }
        var index = 0
        var next = document.firstElement(of: array)
        while let item = next {
            next = document.element(after: item)
            defer { index += 1 }
            guard document.kind(item) == .object else {
                faults.add("\(path)\(member)[\(index)]", "must be an object")
                continue
            }
            readItem(document, item, source, { "\(path)\(member)[\(index)]" }, &draft, &faults)
        }
    }

    /// One purpose or channel: `enabled`, and for a purpose its preferences' values in the current and the old shape.
    private static func readItem(
        _ document: borrowing JSONDocument,
        _ item: JSONNode,
        _ source: SourceChoice.Source,
        _ path: () -> String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        var id: String?
        var enabled: Bool?
        var next = document.firstMember(of: item)
        while let name = next {
            let value = document.value(ofMember: name)
            next = document.member(after: name)
            guard !document.isNull(value) else { continue }
            if document.stringEquals(name, "id") {
                id = document.string(value)
            } else if document.stringEquals(name, "enabled") {
                enabled = document.bool(value)
                if enabled == nil { faults.add(path() + ".enabled", "must be true, false or null") }
            } else if source == .purpose, document.stringEquals(name, "values") {
                readValues(document, value, path, &draft, &faults)
            } else if source == .purpose, document.stringEquals(name, "preferences") {
                readOldPreferences(document, value, path, &draft, &faults)
            }
        }
        guard let id, !id.isEmpty else {
            faults.add(path() + ".id", "must be a string that is not empty")
            return
        }
        if let enabled { draft.add(source, id, enabled ? .granted : .denied) }
    }

    /// `values`: preference id to `{value: "id,id"}`, or to the value itself.
    private static func readValues(
        _ document: borrowing JSONDocument,
        _ values: JSONNode,
        _ path: () -> String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(values) == .object else {
            faults.add(path() + ".values", "must be an object")
            return
        }
        for (name, entry) in document.members(of: values) {
            guard let id = document.string(name), !document.isNull(entry) else { continue }
            guard document.kind(entry) == .object else {
                readChoice(document, entry, .preference, id, { path() + ".values.\(id)" }, &draft, &faults)
                continue
            }
            guard let value = document.member(of: entry, named: "value") else { continue }
            readChoice(document, value, .preference, id, { path() + ".values.\(id).value" }, &draft, &faults)
        }
    }

    /// `preferences[]` of the platform's first version: `{id, enabled}`.
    private static func readOldPreferences(
        _ document: borrowing JSONDocument,
        _ preferences: JSONNode,
        _ path: () -> String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(preferences) == .array else {
            faults.add(path() + ".preferences", "must be an array")
            return
        }
        for preference in document.elements(of: preferences) {
            guard document.kind(preference) == .object,
                let id = document.member(of: preference, named: "id").flatMap({ document.string($0) }),
                let enabled = document.member(of: preference, named: "enabled").flatMap({ document.bool($0) })
            else { continue }
            draft.add(.preference, id, enabled ? .granted : .denied)
        }
    }

    /// The short form's `preferences`: purpose or preference id to its value.
    static func readPreferences(
        _ document: borrowing JSONDocument,
        _ preferences: JSONNode,
        _ path: String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(preferences) == .object else {
            faults.add(path + ".preferences", "must be an object")
            return
        }
        for (name, value) in document.members(of: preferences) {
            guard let id = document.string(name) else { continue }
            readChoice(document, value, .purposeOrPreference, id, { "\(path).preferences.\(id)" }, &draft, &faults)
        }
    }

    /// A preference's value: true, false, null (no choice), a string (its ids with commas), or an array of strings.
    private static func readChoice(
        _ document: borrowing JSONDocument,
        _ value: JSONNode,
        _ source: SourceChoice.Source,
        _ id: String,
        _ path: () -> String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        switch document.kind(value) {
        case .null: return
        case .bool: draft.add(source, id, document.bool(value) == true ? .granted : .denied)
        case .string: draft.add(source, id, Choice(preferenceText: document.string(value) ?? ""))
        case .array:
            var items: [String] = []
            for element in document.elements(of: value) {
                guard let item = document.string(element) else {
                    faults.add(path(), "must hold strings only")
                    return
                }
                items.append(item)
            }
            draft.add(source, id, items.isEmpty ? .cleared : items.count == 1 ? .text(items[0]) : .list(items))
        case .number, .object:
            faults.add(path(), "must be true, false, null, a string or an array of strings")
        }
    }
}

extension ConsentEventReader.Draft {
    mutating func add(_ source: SourceChoice.Source, _ id: String, _ choice: Choice) {
        choices.append(SourceChoice(source: source, id: id, choice: choice))
    }
}

package import Consent

extension ConsentStore {
    /// Adds a configuration under a name of its own; durable on return.
    ///
    /// The draft's id, revision and times are replaced, and its name where it is empty. The same key with the same
    /// content gives the configuration that was created first.
    /// - Throws: `configurationNameTaken`, `keyReused`, or the journal's errors.
    package func createConfiguration(
        _ draft: Configuration,
        key: String?,
        digest: ContentDigest
    ) throws(StoreError) -> ConfigurationStatus {
        if let key, let known = state.creationKeys[HashedText(key)] {
            guard known.digest == digest else { throw .keyReused(key: key) }
            guard let status = status(of: known.configuration) else { throw .configurationNotFound }
            return status
        }
        var configuration = draft
        configuration.id = ConfigurationID(ordinal: state.lastOrdinal + 1)
        configuration.revision = 1
        configuration.createdAt = moment
        configuration.updatedAt = configuration.createdAt
        if configuration.name.isEmpty {
            configuration.name = freeName(for: configuration)
        } else if state.configurationNames[configuration.name] != nil {
            throw .configurationNameTaken(name: configuration.name)
        }
        try commit(.configurationStored(configuration, key: key.map { CreationKey(text: $0, digest: digest) }))
        return ConfigurationStatus(configuration: configuration, condition: .running)
    }

    private func freeName(for configuration: Configuration) -> String {
        let stem = configuration.recordKind.rawValue.lowercased() + "-"
        var number = Int(configuration.id.ordinal)
        while state.configurationNames[stem + String(number)] != nil { number += 1 }
        return stem + String(number)
    }

    /// Changes a configuration if it still has the revision that the caller saw (nil: whatever it has).
    ///
    /// - Throws: what `change` throws, or `configurationNotFound`, `revisionMismatch`, `configurationNameTaken`,
    ///   or the journal's errors, each as a `StoreError`.
    package func updateConfiguration(
        _ id: ConfigurationID,
        revision: UInt64?,
        change: (Configuration) throws -> Configuration
    ) throws -> ConfigurationStatus {
        guard let current = state.configuration(id)?.configuration else { throw StoreError.configurationNotFound }
        if let revision, revision != current.revision { throw StoreError.revisionMismatch(current: current.revision) }
        var changed = try change(current)
        changed.id = id
        changed.revision = current.revision + 1
        changed.createdAt = current.createdAt
        changed.updatedAt = moment
        if changed.name.isEmpty { changed.name = current.name }
        if changed.name != current.name, state.configurationNames[changed.name] != nil {
            throw StoreError.configurationNameTaken(name: changed.name)
        }
        try commit(.configurationStored(changed, key: nil))
        return ConfigurationStatus(configuration: changed, condition: .running)
    }

    /// Removes a configuration; with `force` also one that has undelivered events, which are then cancelled.
    package func deleteConfiguration(_ id: ConfigurationID, revision: UInt64?, force: Bool) throws(StoreError) {
        guard let entry = state.configuration(id) else { throw .configurationNotFound }
        if let revision, revision != entry.configuration.revision {
            throw .revisionMismatch(current: entry.configuration.revision)
        }
        guard force || entry.openCount == 0 else { throw .configurationHasUndelivered(count: entry.openCount) }
        try commit(.configurationDeleted(id, at: moment))
    }

    /// Whether the configuration is there, or was deleted and still has deliveries to show.
    package func remembers(_ id: ConfigurationID) -> Bool { state.configurationIndexes[id] != nil }

    /// The configuration with this name.
    package func configuration(named name: String) -> ConfigurationStatus? {
        state.configurationNames[name].flatMap { status(of: $0) }
    }

    /// Configurations in the order they were created, after the given one.
    package func configurations(after last: ConfigurationID?, size: Int) -> [ConfigurationStatus] {
        var page: [ConfigurationStatus] = []
        for entry in state.configurations where !entry.isDeleted && page.count < size {
            if let last, entry.configuration.id <= last { continue }
            page.append(ConfigurationStatus(configuration: entry.configuration, condition: entry.condition))
        }
        return page
    }
}

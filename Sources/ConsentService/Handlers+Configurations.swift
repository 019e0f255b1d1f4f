import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC

extension Handlers {
    func addConfigurations(to table: inout MethodTable) {
        table.add(CreateConfiguration.self) { method, scope in
            .store { store in
                ConfigurationView(
                    try store.createConfiguration(
                        method.draft,
                        key: scope.metadata.idempotencyKey,
                        digest: ContentDigest(method.draft)
                    )
                )
            }
        }
        table.add(GetConfiguration.self) { method, _ in
            .store { store in
                let status: ConfigurationStatus? =
                    switch method.key {
                    case .id(let id): id.flatMap { store.status(of: $0) }
                    case .name(let name): store.configuration(named: name)
                    }
                guard let status else { throw StoreError.configurationNotFound }
                return ConfigurationView(status)
            }
        }
        table.add(ListConfigurations.self) { method, _ in
            .store { store in
                let page = store.configurations(after: method.paging.after, size: method.paging.size + 1)
                let shown = page.prefix(method.paging.size)
                return ListConfigurations.Result(
                    configurations: shown.map { ConfigurationView($0) },
                    next: page.count > shown.count ? shown.last?.configuration.id : nil
                )
            }
        }
        table.add(UpdateConfiguration.self) { method, _ in
            .store { store in
                guard let id = method.id else { throw StoreError.configurationNotFound }
                return ConfigurationView(
                    try store.updateConfiguration(id, revision: method.revision) { try method.apply(to: $0) }
                )
            }
        }
        table.add(DeleteConfiguration.self) { method, _ in
            .store { store in
                guard let id = method.id else { throw StoreError.configurationNotFound }
                try store.deleteConfiguration(id, revision: method.revision, force: method.force)
                return Empty()
            }
        }
    }
}

extension ContentDigest {
    /// The digest of a configuration as the caller wrote it, secret included.
    fileprivate init(_ draft: Configuration) {
        let document = JSONDocument.trusted(JSONValue.object(draft.input(withSecret: true)).jsonBytes)
        self.init(document.digest(document.root))
    }

    init(_ digest: JSONDigest) {
        self.init(high: digest.high, low: digest.low)
    }
}

extension JSONDocument {
    /// Reads bytes that this process wrote itself.
    fileprivate static func trusted(_ bytes: [UInt8]) -> JSONDocument {
        do throws(JSONScanError) {
            return try JSONDocument(bytes, messageBytesMax: 64 << 20, nestingMax: 64)
        } catch {
            preconditionFailure("our own writer wrote what our own scanner refuses: \(error)")
        }
    }
}

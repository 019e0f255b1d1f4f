import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC

extension Handlers {
    func addDeliveries(to table: inout MethodTable) {
        table.add(GetDeliveryStatus.self) { method, _ in
            guard let after = method.after else {
                return .store { try Self.status(method.key, $0) }
            }
            return Self.poll(method.key, after: after)
        }
        table.add(ListDeliveries.self) { method, _ in
            .store { store in
                let page = store.deliveries(
                    after: method.paging.after,
                    state: method.state,
                    configuration: try method.configurationID.map { try Self.known($0, store) },
                    size: method.paging.size
                )
                return ListDeliveries.Result(deliveries: page.deliveries, next: page.next)
            }
        }
        table.add(RetryDelivery.self) { method, _ in
            .store { store in
                switch method.target {
                case .delivery(let id):
                    guard let id else { throw StoreError.deliveryNotFound }
                    return RetryDelivery.Result(retried: try store.retryDelivery(id))
                case .all(let configuration, let state):
                    guard let configuration else { throw StoreError.configurationNotFound }
                    return RetryDelivery.Result(retried: try store.retryDeliveries(of: configuration, in: state))
                }
            }
        }
        table.add(CancelDelivery.self) { method, _ in
            .store { store in
                guard let id = method.deliveryID else { throw StoreError.deliveryNotFound }
                return try store.cancelDelivery(id)
            }
        }
    }

    /// How many deliveries a poll may keep while it waits.
    private static let keptDeliveriesMax = 8

    private static func poll(_ key: GetDeliveryStatus.Key, after: SequenceNumber) -> Execution {
        .wait(
            Execution.Wait(
                expiry: .ask { store, waiting in
                    store.endPoll(connection: waiting.connection.id, token: waiting.token)
                }
            ) { store, waiting in
                do {
                    let subject = try subject(key, store)
                    try store.pollDeliveryStatus(
                        subject,
                        after: after,
                        connection: waiting.connection.id,
                        token: waiting.token
                    ) { result, error in
                        waiting.answer(error.map { .failure(ErrorObject($0)) } ?? .success(Self.answer(result)))
                    }
                    guard waiting.connection.isOpen(waiting.token) else { return }
                    let plain = store.deliveryStatus(subject)
                    if plain.deliveries.count <= keptDeliveriesMax { waiting.keep(Self.answer(plain)) }
                } catch {
                    waiting.fail(error)
                }
            }
        )
    }

    private static func status(
        _ key: GetDeliveryStatus.Key,
        _ store: isolated ConsentStore
    ) throws -> GetDeliveryStatus.Result {
        answer(store.deliveryStatus(try subject(key, store)))
    }

    private static func answer(_ result: DeliveryStatusResult) -> GetDeliveryStatus.Result {
        GetDeliveryStatus.Result(deliveries: result.deliveries, sequenceNumber: result.sequenceNumber)
    }

    /// A configuration that is there, or was while there were deliveries for it.
    private static func known(_ id: ConfigurationID?, _ store: isolated ConsentStore) throws -> ConfigurationID {
        guard let id, store.remembers(id) else { throw StoreError.configurationNotFound }
        return id
    }

    /// What the store knows by this key.
    ///
    /// An unknown person is an empty list, an unknown id is an error.
    private static func subject(
        _ key: GetDeliveryStatus.Key,
        _ store: isolated ConsentStore
    ) throws -> StatusSubject {
        switch key {
        case .delivery(let id):
            guard let id else { throw StoreError.deliveryNotFound }
            guard store.delivery(id) != nil else { throw store.absence(of: id) }
            return .delivery(id)
        case .event(let id):
            guard let event = store.event(withID: id) else { throw StoreError.eventNotFound }
            guard !store.isForgotten(event) else { throw StoreError.forgotten }
            return .event(event)
        case .person(let id, let configuration):
            return .person(id, configuration: try configuration.map { try known($0, store) })
        case .nobody: throw StoreError.configurationNotFound
        }
    }
}

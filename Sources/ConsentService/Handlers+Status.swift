import Consent
import ConsentAPI
import ConsentStore
import JSONRPC

extension Handlers {
    func addStatus(to table: inout MethodTable) {
        table.add(GetServiceStatus.self) { _, _ in .report { GetServiceStatus.Result($0) } }
        table.add(ReadMetrics.self) { [gauges] _, _ in .report { ReadMetrics.Result(text: gauges.text($0)) } }
    }

    func addHealth(to table: inout MethodTable) {
        table.add(CheckHealth.self) { [isServing] method, _ in
            // Which configurations there are is not known during an outage, and none of them serves.
            if method.service.isEmpty || !isServing { return .answer(CheckHealth.Result(isServing: isServing)) }
            return .store { store in
                let health = store.health(of: method.service)
                guard health != .unknown else {
                    throw ErrorObject.status(.notFound, reason: "SERVICE_UNKNOWN", message: "no such service")
                }
                return CheckHealth.Result(isServing: health == .serving)
            }
        }
    }
}

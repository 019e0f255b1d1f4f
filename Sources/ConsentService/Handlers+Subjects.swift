import ConsentAPI
import ConsentStore

extension Handlers {
    func addSubjects(to table: inout MethodTable) {
        table.add(ExplainSubject.self) { method, _ in
            .store { store in
                ExplainSubject.Result(
                    organizationUserID: method.organizationUserID,
                    configurations: store.explainSubject(method.organizationUserID)
                )
            }
        }
        table.add(EraseSubject.self) { method, _ in
            .store { store in try store.eraseSubject(method.organizationUserID) }
        }
    }
}

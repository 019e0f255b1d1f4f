/// One error as Salesforce worded it.
package struct SalesforceError: Hashable, Sendable {
    /// `errorCode`, `statusCode` or OAuth's `error`, as sent; codes are open, new ones come with every release.
    package var code: String?
    package var message: String
    /// Fields that Salesforce named.
    package var fields: [String]

    package init(code: String?, message: String = "", fields: [String] = []) {
        self.code = code
        self.message = message
        self.fields = fields
    }
}

/// What an administrator can do about an error that only an administrator can do something about.
package enum ErrorAdvice {
    /// A sentence for the error's code and message; nil where Salesforce's own words say it all.
    package static func advice(for error: SalesforceError) -> String? {
        let message = error.message.lowercased()
        if let byMessage = byMessage.first(where: { message.contains($0.part) }) { return byMessage.advice }
        return error.code.flatMap { byCode[$0.uppercased()] }
    }

    private static let byMessage: [(part: String, advice: String)] = [
        (
            "no client credentials user enabled",
            "choose a Run As user for the client credentials flow in the connected app's policies"
        ),
        (
            "request not supported on this domain",
            "use the org's My Domain address in authentication.url, not login or test.salesforce.com"
        ),
        ("inactive user", "activate the connected app's Run As user or choose another one"),
        ("inactive organization", "the org is not active: ask its administrator"),
        ("ip restricted", "allow this machine's address in the connected app's IP relaxation policy"),
        ("not admin approved", "approve the connected app for the Run As user"),
        (
            "not valid for use with the rest api",
            "give the connected app the scope to manage user data via APIs (api) or full access (full)"
        ),
        ("provided external id field", "check that match_field exists and is visible to the connected app's user"),
        ("requested resource does not exist", "check properties.api_version and properties.sobject"),
    ]

    private static let credentials =
        "check authentication.client_id and client_secret; a connected app made just now needs some minutes"
    private static let fieldRights =
        "check the mapping's field name and that the connected app's user may see and edit the field"

    private static let byCode: [String: String] = [
        "INVALID_CLIENT": credentials,
        "INVALID_CLIENT_ID": credentials,
        "INVALID_GRANT": "check the connected app's client credentials flow and its Run As user",
        "UNAUTHORIZED_CLIENT": "enable the client credentials flow in the connected app",
        "UNSUPPORTED_GRANT_TYPE":
            "enable the client credentials flow in the connected app and check that authentication.url is the org's",
        "INVALID_SESSION_ID": "a new login did not help: check the connected app's scopes and session policies",
        "API_DISABLED_FOR_ORG": "the org's edition or the user's profile has no API access",
        "API_CURRENTLY_DISABLED": "API access is switched off: check the user's permission \"API Enabled\"",
        "INVALID_FIELD": fieldRights,
        "INVALID_FIELD_FOR_INSERT_UPDATE": fieldRights,
        "FIELD_NOT_UPDATABLE": fieldRights,
        "INVALID_TYPE_ON_FIELD_IN_RECORD": "the field's type does not take the value: map it with \"values\"",
        "INVALID_TYPE": "give the connected app's user access to the object, or correct properties.sobject",
        "INSUFFICIENT_ACCESS": "give the connected app's user the right to edit the object",
        "UNSUPPORTED_API_VERSION": "set properties.api_version to one that the org offers",
    ]
}

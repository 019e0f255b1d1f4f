/// Everything on the Salesforce side that could grow or take long, and how far it may.
package struct SalesforceLimits: Hashable, Sendable {
    /// People in one SOQL statement.
    package var peoplePerStatement = 200
    /// Queries that one `/composite` call carries; Salesforce takes no more than five.
    package var statementsPerCall = 5
    /// Characters of one SOQL statement; Salesforce takes no more.
    package var statementCharactersMax = 100_000
    /// Characters of one literal as written; a longer person can match nothing.
    package var literalCharactersMax = 4_000
    /// Pages followed for one statement before the lookup is given up.
    package var pagesMax = 50
    /// Records in one collections call; Salesforce takes no more.
    package var recordsPerCall = 200
    /// Characters kept of a message.
    package var messageCharactersMax = 512
    /// People whose records are remembered.
    package var matchesMax = 65_536
    /// How long a person's records are remembered.
    package var matchLifetime = Duration.seconds(15 * 60)
    /// Deleted records remembered; over it all matches are forgotten.
    package var goneRecordsMax = 4_096
    /// Records whose last confirmed values are remembered.
    package var confirmationsMax = 32_768
    /// How long the same values again count as confirmed; withdrawals never do.
    package var confirmationLifetime = Duration.seconds(30)
    /// How long the description of an object is good.
    package var descriptionLifetime = Duration.seconds(24 * 60 * 60)
    /// How long it is good to know that the user may not ask for one.
    package var withheldLifetime = Duration.seconds(15 * 60)
    /// The least time between two descriptions of the same object, however many field errors there are.
    package var descriptionPause = Duration.seconds(60)
    /// Objects whose description is kept.
    package var descriptionsMax = 256
    /// Logins whose token is kept.
    package var tokensMax = 256
    /// How long a refused login answers for others that come right behind it.
    package var refusalLifetime = Duration.seconds(1)

    package init() {}
}

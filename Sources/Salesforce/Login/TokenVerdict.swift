/// What an answer says of the token that it was asked with.
enum TokenVerdict: Hashable, Sendable {
    /// Nothing against it.
    case taken
    /// It is used up: a new one may do.
    case refused
    /// A new one would be refused in the same way, until an administrator has changed something.
    case useless
}

/// A parsed SOQL statement whose names have not been looked up yet.
struct SOQLQuery: Equatable {
    var columns: [Column]
    var objectName: String
    var condition: Condition?
    var order: [Ordering] = []
    var limit: Int?
    var offset = 0

    /// Something selected: a field, or a count of rows.
    enum Column: Equatable {
        case field(String)
        case count
        case countOf(String)
    }

    /// One sort key.
    struct Ordering: Equatable {
        var field: String
        var isDescending: Bool
        var nullsLast: Bool
    }

    /// A WHERE clause as a tree.
    indirect enum Condition: Equatable {
        case and([Condition])
        case or([Condition])
        case not(Condition)
        case compare(String, Comparison, Literal)
        case within(String, [Literal], isNegated: Bool)
    }

    /// A two-sided comparison.
    enum Comparison: Equatable {
        case equal
        case notEqual
        case less
        case lessOrEqual
        case greater
        case greaterOrEqual
        case like
        case includes
        case excludes
    }

    /// A constant in a statement.
    enum Literal: Equatable {
        case string(String)
        case bool(Bool)
        case null
        case bare(String)
    }
}

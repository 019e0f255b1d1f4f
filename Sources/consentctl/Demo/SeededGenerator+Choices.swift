import Consent

extension SeededGenerator {
    /// True in so many of a hundred cases.
    mutating func happens(percent: Int) -> Bool {
        Int(next() % 100) < percent
    }

    /// A number from 0 up to, not including, the bound.
    mutating func number(below bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }
}

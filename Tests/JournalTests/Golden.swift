/// Bytes that the first version of the format wrote.
enum Golden {
    static let frame = ""
    static let chainLow: UInt64 = 0
    static let chainHigh: UInt64 = 0
    static let segmentHeader = ""
    static let segmentHeaderChecksum = ""
}

/// Who is being written right now: finds the calls that a well-behaved client never overlaps.
struct InFlight: Sendable {
    private var calls = 0
    private var records: [String: Int] = [:]
    private var accounts: [String: Int] = [:]

    mutating func enter(_ touched: Org.Touched, into statistics: inout Statistics) {
        calls += 1
        statistics.concurrentMax = max(statistics.concurrentMax, calls)
        for id in touched.records {
            let count = records[id, default: 0] + 1
            records[id] = count
            statistics.writesPerRecordMax = max(statistics.writesPerRecordMax, count)
            if count > 1 {
                statistics.overlappingWrites += 1
            }
        }
        for id in touched.accounts {
            let count = accounts[id, default: 0] + 1
            accounts[id] = count
            statistics.writesPerAccountMax = max(statistics.writesPerAccountMax, count)
            if count > 1 {
                statistics.overlappingAccountWrites += 1
            }
        }
    }

    mutating func leave(_ touched: Org.Touched) {
        calls -= 1
        for id in touched.records {
            Self.release(id, in: &records)
        }
        for id in touched.accounts {
            Self.release(id, in: &accounts)
        }
    }

    private static func release(_ id: String, in counts: inout [String: Int]) {
        let count = counts[id, default: 0] - 1
        counts[id] = count > 0 ? count : nil
    }
}

import ChildProcesses
import ConsentClient
import Glibc
import JSON

/// Publishes the demo's events over several connections, many at a time on each.
struct DemoPublisher {
    /// What was acknowledged, by the place in `publications`.
    private(set) var acknowledgements: [Int: Acknowledgement] = [:]
    private(set) var replayedCount = 0
    private(set) var unansweredCount = 0
    private let publications: [DemoEvent]
    private let people: [DemoPerson]
    private var clients: [ConsentClient] = []

    struct Acknowledgement {
        var publication: Publication
        /// When the answer was here, in milliseconds since 1970.
        var at: Int64
    }

    init(_ events: DemoEvents) {
        publications = events.publications
        people = events.people
    }

    mutating func connect(to path: String) async throws {
        clients.removeAll()
        for _ in 0..<Self.connectionCount { clients.append(try await ConsentClient.connect(to: path)) }
    }

    /// The places of a range that have no answer yet.
    func unanswered(in range: Range<Int>) -> [Int] {
        range.filter { acknowledgements[$0] == nil }
    }

    /// Publishes some events all at once.
    ///
    /// - Parameter victim: a process that is killed as soon as the first answer is here, while others are on their way.
    mutating func publish(_ places: some Collection<Int>, killing victim: ChildProcess? = nil) async throws {
        try await withThrowingTaskGroup(of: (Int, Acknowledgement?).self) { group in
            for place in places {
                let client = clients[place % clients.count]
                let event = publications[place].json(for: people[publications[place].person])
                group.addTask {
                    do throws(ClientError) {
                        let publication = try await client.publish(event: event)
                        return (place, Acknowledgement(publication: publication, at: Self.now))
                    } catch {
                        guard error == .closed else { throw CommandFailure.client(error) }
                        return (place, nil)
                    }
                }
            }
            var isFirst = true
            for try await (place, acknowledgement) in group {
                if isFirst { victim?.kill() }
                isFirst = false
                guard let acknowledgement else {
                    unansweredCount += 1
                    continue
                }
                if acknowledgement.publication.isReplayed { replayedCount += 1 }
                acknowledgements[place] = acknowledgement
            }
        }
        if victim == nil, let missing = places.first(where: { acknowledgements[$0] == nil }) {
            throw CommandFailure.failed("the daemon closed the connection on publication \(missing)")
        }
    }

    private static let connectionCount = 8

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

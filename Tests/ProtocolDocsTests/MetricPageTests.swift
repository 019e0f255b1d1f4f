import JSON
import TestSupport
import Testing

/// The page of `metrics.read` and what a live daemon measures are about the same families.
@Suite(.timeLimit(.minutes(1)))
struct MetricPageTests {
    /// A family of the page or of the text.
    private struct Family: Hashable, CustomStringConvertible {
        var name: String
        var kind: String
        var help: String
        var labels: Set<String>

        var description: String { "\(name) \(kind) \(labels.sorted()) \(help)" }
    }

    @Test func pageAndDaemonNameTheSameFamilies() async throws {
        let stage = try await Stage.set(["leads", "ada"])
        // Whoever has called before has been counted when the next one asks.
        _ = try await stage.daemon.result("metrics.read")
        let text = try #require(try await stage.daemon.result("metrics.read")["text"]?.stringValue)
        let measured = Self.families(in: text)
        let documented = try Self.documentedFamilies(in: try DocumentFile(name: "methods/metrics.read.md").lines())
        #expect(documented.map(\.name) == measured.map(\.family.name))
        for ((family, sampleCount), page) in zip(measured, documented) {
            // Nobody is turned away here, which `AccessTests` and `ConnectionLimitTests` see to.
            guard family.name != "consentd_connections_refused" else { continue }
            #expect(family == page)
            #expect(sampleCount > 0, "\(family.name) is never measured")
        }
    }

    @Test func aDifferenceIsFound() throws {
        let text = "# TYPE a counter\n# HELP a Help.\na_total{x=\"1\",y=\"{},\"} 1\na_total{x=\"2\",y=\"\"} 1\n# EOF\n"
        let (family, count) = try #require(Self.families(in: text).first)
        let same = try Self.documentedFamilies(in: ["| `a` | counter | `x` `y` | Help. |", "| `no` | a | family |"])
        #expect(same == [family] && count == 2)
        for row in [
            "| `a` | gauge | `x` `y` | Help. |", "| `a` | counter | `x` | Help. |", "| `a` | counter | `x` `y` | |",
        ] {
            #expect(try Self.documentedFamilies(in: [row]) != [family])
        }
    }

    private static func documentedFamilies(in lines: [String]) throws -> [Family] {
        lines.compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
            guard cells.count == 6, cells[1].hasPrefix("`") else { return nil }
            return Family(
                name: cells[1].filter { $0 != "`" },
                kind: cells[2],
                help: cells[4],
                labels: Set(cells[3].split(separator: "`").map(String.init).filter { !$0.trimmingSpaces.isEmpty })
            )
        }
    }

    /// Each family with the number of its samples.
    private static func families(in text: String) -> [(family: Family, sampleCount: Int)] {
        var families: [(family: Family, sampleCount: Int)] = []
        for line in text.split(separator: "\n") where line != "# EOF" {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# TYPE ") {
                families.append((Family(name: words[2], kind: words[3], help: "", labels: []), 0))
            } else if line.hasPrefix("# HELP ") {
                families[families.count - 1].family.help = words[3]
            } else {
                families[families.count - 1].sampleCount += 1
                let labels = line.matches(of: /[{,]([a-z_]+)="(?:[^"\\]|\\.)*"/).map { String($0.1) }
                families[families.count - 1].family.labels.formUnion(labels.filter { $0 != "le" })
            }
        }
        return families
    }
}

extension StringProtocol {
    /// Without the spaces around it.
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

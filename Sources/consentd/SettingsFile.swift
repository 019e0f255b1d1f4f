import Glibc
import SystemPackage

/// Settings in a file: lines of `CONSENTD_NAME=value`, blank lines, and comments after `#`.
enum SettingsFile {
    private static let bytesMax = 64 << 10

    /// - Throws: `SettingsError` naming the line; a file that does not exist holds no settings.
    static func read(_ path: FilePath, names: Set<String>) throws -> [String: String] {
        guard let text = try contents(path) else { return [:] }
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let separator = line.firstIndex(of: "=") else {
                throw SettingsError(message: "\(path): line \(index + 1): must be NAME=value")
            }
            let name = String(trimmed(line[..<separator]))
            guard names.contains(name) else {
                throw SettingsError(message: "\(path): line \(index + 1): there is no setting \(name)")
            }
            var value = trimmed(line[line.index(after: separator)...])
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
            values[name] = String(value)
        }
        return values
    }

    private static func contents(_ path: FilePath) throws -> String? {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 4_096)
                while true {
                    let count = try unsafe chunk.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
                    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
                    bytes += chunk[..<count]
                    guard bytes.count <= bytesMax else {
                        throw SettingsError(message: "\(path): more than \(bytesMax) bytes")
                    }
                }
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch let errno as Errno {
            throw SettingsError(message: "\(path): \(errno)")
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text.drop(while: \.isWhitespace)
    }
}

import ChildProcesses
import Glibc

/// Measures what the disk itself takes to make 4 KiB durable in a file that has its blocks already.
enum SyncProbe {
    /// The latencies of `pwrite` and `fdatasync`, one after the other for about a second.
    static func measure(in directory: String) throws(SystemFailure) -> Histogram {
        let place = try TemporaryDirectory(in: directory, prefix: "consent-bench-probe")
        let descriptor = unsafe open(place.file("probe"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last(during: "create a probe file") }
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for index in 0..<16 {
            guard unsafe pwrite(descriptor, zeros, zeros.count, index << 20) == zeros.count else {
                throw .last(during: "fill the probe file")
            }
        }
        guard fsync(descriptor) == 0 else { throw .last(during: "sync the probe file") }
        let block = [UInt8](repeating: 0x5a, count: 4_096)
        var latencies = Histogram()
        let end = Monotonic.nanoseconds + 1_000_000_000
        var offset = 0
        while Monotonic.nanoseconds < end {
            let start = Monotonic.nanoseconds
            guard unsafe pwrite(descriptor, block, block.count, offset) == block.count, fdatasync(descriptor) == 0
            else { throw .last(during: "write the probe file") }
            latencies.record(nanoseconds: Monotonic.nanoseconds - start)
            offset = (offset + block.count) % (16 << 20)
        }
        return latencies
    }

    /// Whether a directory is only memory, where a flush costs nothing.
    static func isMemoryOnly(_ directory: String) throws(SystemFailure) -> Bool {
        let mounts = String(decoding: try TextFile.read("/proc/self/mounts"), as: UTF8.self)
        let places = mounts.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count > 2 }
        let holders = places.filter { place in
            place[1] == "/" || directory == place[1] || directory.hasPrefix(place[1] + "/")
        }
        return holders.max { $0[1].utf8.count < $1[1].utf8.count }?[2] == "tmpfs"
    }
}

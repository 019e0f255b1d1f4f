import ChildProcesses
import Glibc

/// What a process has used, read from /proc.
struct ProcessUsage {
    /// Processor time in user and kernel mode, in microseconds; it advances in steps of a clock tick.
    var processorMicroseconds: Double
    var residentMiB: Double

    init(processID: pid_t) throws(SystemFailure) {
        let stat = String(decoding: try TextFile.read("/proc/\(processID)/stat"), as: UTF8.self)
        // The program's name may hold spaces; what follows its closing parenthesis does not.
        let fields = stat.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        processorMicroseconds = ticks * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
        let statm = String(decoding: try TextFile.read("/proc/\(processID)/statm"), as: UTF8.self)
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        residentMiB = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}

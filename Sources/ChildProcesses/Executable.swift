import Glibc

/// Finds the programs that are installed together with this one.
package enum Executable {
    /// The path of a program in the directory of the running one.
    package static func sibling(_ name: String) throws(SystemFailure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw .last(during: "read the link /proc/self/exe") }
        let own = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let path = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
        guard unsafe access(path, X_OK) == 0 else { throw .last(during: "find \(path)") }
        return path
    }
}

/// The last words of a process that ends with an error.
enum Diagnostics {
    static func report(_ error: DaemonError) {
        LogOutput.standardError.write(Array("consentd: \(error.message)\n".utf8))
    }
}

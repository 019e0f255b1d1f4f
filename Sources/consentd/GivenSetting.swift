import ArgumentParser

/// A setting's text and where somebody wrote it, which decides how the process ends where it makes no sense.
struct GivenSetting {
    let text: String
    /// The option, or the variable with its file.
    private let name: String
    private let isTyped: Bool

    /// What the command line says of an option, or else its variable; nil where neither says anything.
    init?(_ option: String, typed: String?, in environment: Environment) {
        if let typed {
            text = typed
            name = option
            isTyped = true
            return
        }
        let variable = Environment.variable(of: option)
        guard let text = environment[variable] else { return nil }
        self.text = text
        name = environment.description(of: variable)
        isTyped = false
    }

    /// `ValidationError` for an option, which is wrong usage, and `SettingsError` for everything else.
    func error(_ problem: String) -> any Error {
        isTyped ? ValidationError("\(name): \(problem)") : SettingsError(message: "\(name): \(problem)")
    }
}

/// What is wrong with the environment or the settings file.
struct SettingsError: Error {
    var message: String
}

import Glibc
import MCPClient
import Manifests

extension ServerSettings {
  /// Of this host's environment the server gets what the manifest names, and nothing else.
  init(_ reference: MCPServerReference, _ locations: Locations) {
    var environment = Dictionary(reference.setVariables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    for name in reference.passedVariables where environment[name] == nil {
      environment[name] = getenv(name).map { String(cString: $0) }
    }
    self.init(
      name: reference.name, program: findProgram(reference.command), arguments: reference.arguments,
      environment: environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
      folder: absolutePath(reference.folder),
      guardProgram: locations.serverGuard,
      client: ClientIdentity(version: Version.program),
      probeNanoseconds: reference.probeNanoseconds, startNanoseconds: reference.startNanoseconds)
  }
}

/// A bare name is looked for on this host's PATH; what is not found is left as it is, and the guard says so.
private func findProgram(_ command: String) -> String {
  guard !command.contains("/") else { return absolutePath(command) }
  let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
  for folder in folders.split(separator: ":") where access("\(folder)/\(command)", X_OK) == 0 {
    return absolutePath("\(folder)/\(command)")
  }
  return command
}

/// The server is started in another folder than this process is in.
private func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
  defer { free(current) }
  return "\(String(cString: current))/\(path)"
}

import JSONSchema

/// Finds sections of models' settings that are nobody's: providers pass over what is not their own, so a misspelt one would
/// say nothing for ever.
struct SettingsChecker {
  /// Objects among the settings that all providers share.
  private static let common = ["reasoning"]

  let flow: FlowManifest
  /// The host's plugins.
  let providers: [String]

  /// What is near to no name is left: a provider of the first form may have settings of its own that are objects.
  func check() -> [ManifestError] {
    let known = providers + Self.common
    return flow.agents.flatMap(\.model.sections).compactMap { section in
      guard !known.contains(section.name), let meant = nearestMatch(to: section.name, in: known) else {
        return nil
      }
      return ManifestError(
        .unknownKey, at: section.location,
        "no provider is called '\(section.name)', and none would read this; did you mean '\(meant)'?")
    }
  }
}

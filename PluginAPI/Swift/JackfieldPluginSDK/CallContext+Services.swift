/// What a plugin may ask of its host. Nil where the plugin does not list the service in `Plugin.services`, the operator does
/// not grant it or the host has none.
extension CallContext {
  /// `jf.kv/1`
  public var values: Values? { Values(self) }
  /// `jf.http/1`
  public var web: Web? { Web(self) }
  /// `jf.call/1`
  public var otherTools: OtherTools? { OtherTools(self) }
  /// `jf.ask/1`
  public var person: Person? { Person(self) }
}

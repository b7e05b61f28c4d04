import CPluginLoading
import JSONCodec
package import ToolContracts

extension SealedDescriptor {
  package init(parsing section: ArraySlice<UInt8>) throws(PluginFailure) {
    guard section.count <= Self.largest else {
      throw PluginFailure(
        .descriptorInvalid, "has a descriptor of \(section.count) bytes; at most 1 MiB is read.")
    }
    let bytes = Array(section)
    let root = try Self.root(of: bytes)
    let id = try root.required("id", Self.idRule).string(Self.idRule) {
      ToolName(plugin: $0, function: "x") != nil
    }
    let functions = try Self.functions(of: root, plugin: id)
    self.init(
      bytes: bytes,
      descriptor: PluginDescriptor(
        id: id,
        version: try root.required("version", Self.versionRule).string(
          Self.versionRule, where: Self.isVersion),
        functions: functions.compactMap(\.descriptor),
        services: try root.member("services")?.distinctStrings() ?? [],
        secrets: try root.member("secrets")?.distinctStrings() ?? [],
        optionalSecrets: try root.member("optionalSecrets")?.distinctStrings() ?? [],
        configSchema: try root.member("configSchema")?.objectSchema()),
      claims: functions.map(\.claim))
  }

  private static let idRule = "a plugin id of 1 to 32 of [a-z0-9-] that starts with a letter or digit"
  private static let versionRule = "a version of 1 to 64 printable ASCII characters"

  private static func isVersion(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  private static func root(of bytes: [UInt8]) throws(PluginFailure) -> DescriptorField {
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument(
        parsing: bytes, limits: JSONLimits(maxDepth: 64, allowsDuplicateKeys: false))
    } catch {
      throw PluginFailure(.descriptorInvalid, "has a descriptor that is not JSON: \(error.message)")
    }
    let root = try DescriptorField(view: document.root, pointer: .root).object()
    let abi = try root.required("abi", "1").positiveInteger()
    guard abi == 1 else {
      throw PluginFailure(
        .incompatible, "is made for plugin ABI \(abi), and this host offers 1; get a build for ABI 1.")
    }
    return root
  }

  // MARK: - Functions

  private typealias Function = (claim: FunctionClaim, descriptor: FunctionDescriptor?)

  private static func functions(of root: DescriptorField, plugin: String) throws(PluginFailure) -> [Function]
  {
    let list = try root.required("functions", "an array of functions")
    let fields = try list.elements(atMost: PLUGIN_MAX_FUNCTIONS, "functions")
    guard !fields.isEmpty else { throw list.failure("at least one function") }
    var names: Set<String> = []
    var functions: [Function] = []
    for field in fields {
      let function = try Self.function(try field.object(), plugin: plugin)
      guard names.insert(function.claim.name).inserted else {
        throw DescriptorField(view: field.view, pointer: field.pointer.appending("name"))
          .failure("a name that no earlier function has")
      }
      functions.append(function)
    }
    return functions
  }

  private static func function(_ field: DescriptorField, plugin: String) throws(PluginFailure) -> Function {
    let nameRule = "a function name of 1 to 48 of [a-z0-9_-], at most 63 bytes together with the plugin's id"
    let name = try field.required("name", nameRule).string(nameRule) {
      ToolName(plugin: plugin, function: $0) != nil
    }
    let kindName = try field.member("kind")?.string() ?? FunctionKind.tool.rawValue
    let claim = FunctionClaim(
      name: name, kindName: kindName, kind: FunctionKind(rawValue: kindName), effect: try effect(of: field),
      mayPend: try field.member("mayPend")?.bool() ?? false,
      isSerial: try field.member("serial")?.bool() ?? false)
    guard let kind = claim.kind else { return (claim, nil) }
    return (claim, try descriptor(of: claim, kind: kind, field))
  }

  private static func effect(of field: DescriptorField) throws(PluginFailure) -> Effect {
    guard let field = field.member("effect") else { return .nonIdempotent }
    guard let effect = Effect(rawValue: try field.string()) else {
      throw field.failure("\"none\", \"idempotent\" or \"non_idempotent\"")
    }
    return effect
  }

  private static func descriptor(
    of claim: FunctionClaim, kind: FunctionKind, _ field: DescriptorField
  ) throws(PluginFailure) -> FunctionDescriptor {
    let textRule = "a description that tells a model what the function is for"
    var function = FunctionDescriptor(
      name: claim.name, kind: kind, title: try field.member("title")?.string(),
      description: try field.required("description", textRule).string(textRule) { !$0.isEmpty },
      inputSchema: .null, annotations: try field.member("annotations")?.object().view.value,
      icons: try field.member("icons")?.icons(),
      effect: claim.effect,
      mayPend: claim.mayPend, isSerial: claim.isSerial, limits: try limits(of: field))
    guard kind == .tool else {
      for key in ["inputSchema", "outputSchema"] {
        if let schema = field.member(key) {
          throw schema.failure("nothing: kind \(claim.kindName) has the host's schemas")
        }
      }
      return function
    }
    let schemaRule = "a JSON Schema with \"type\": \"object\""
    function.inputSchema = try field.required("inputSchema", schemaRule).objectSchema()
    function.outputSchema = try field.member("outputSchema")?.objectSchema()
    return function
  }

  private static func limits(of function: DescriptorField) throws(PluginFailure) -> LimitHints {
    guard let field = try function.member("limits")?.object() else { return LimitHints() }
    return LimitHints(
      timeoutMilliseconds: try field.member("timeoutMs")?.positiveInteger(),
      maxResultBytes: try field.member("maxResultBytes")?.positiveInteger().asInt,
      ratePerMinute: try field.member("ratePerMinute")?.positiveInteger().asInt,
      concurrency: try field.member("concurrency")?.positiveInteger().asInt)
  }
}

extension DescriptorField {
  /// A client fetches what an icon names, so it names nothing but what anybody may fetch.
  fileprivate func icons() throws(PluginFailure) -> JSONValue {
    for icon in try elements(atMost: 16, "icons") {
      let rule = "an https: or data: address"
      _ = try icon.object().required("src", rule).string(rule) {
        $0.hasPrefix("https://") || $0.hasPrefix("data:")
      }
    }
    return view.value
  }
}

extension Int64 {
  fileprivate var asInt: Int { Int(self) }
}

package import Admission
package import Authorization
package import JSONCodec
package import JSONSchema
package import ModelContracts
package import ToolContracts

/// What a tenant has been given, as manifests say it.
package struct TenantAssignment: Sendable {
  package var policy: AccessPolicy
  /// By plugin id; a plugin that is missing here gets an empty object.
  package var configurations: [String: JSONValue]
  /// What the operator lets a plugin ask of the host.
  package var services: @Sendable (_ plugin: String) -> GrantedServices
  /// The limits of a function, given what its plugin thinks is reasonable.
  package var limits: @Sendable (ToolName, LimitHints) -> LimitPolicy
  /// How arguments of a function may be mended.
  package var repair: @Sendable (ToolName) -> RepairOptions
  /// Which calls of a function a person must approve; nil: none.
  package var approval: @Sendable (ToolName) -> ApprovalRule?
  package var models: ModelPolicy

  package init(
    policy: AccessPolicy, configurations: [String: JSONValue] = [:],
    services: @escaping @Sendable (_ plugin: String) -> GrantedServices = { _ in .none },
    limits: @escaping @Sendable (ToolName, LimitHints) -> LimitPolicy = { _, _ in LimitPolicy() },
    repair: @escaping @Sendable (ToolName) -> RepairOptions = { _ in [] },
    approval: @escaping @Sendable (ToolName) -> ApprovalRule? = { _ in nil },
    models: ModelPolicy = .none
  ) {
    self.policy = policy
    self.configurations = configurations
    self.services = services
    self.limits = limits
    self.repair = repair
    self.approval = approval
    self.models = models
  }
}

/// A reason why the manifests and plugins do not make a registry. All are reported; none is skipped over.
package struct RegistryProblem: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case duplicatePlugin = "duplicate_plugin"
    case duplicateTool = "duplicate_tool"
    case schemaInvalid = "schema_invalid"
    case configurationInvalid = "configuration_invalid"
    case openFailed = "open_failed"
    case unknownPlugin = "unknown_plugin"
    case reservedName = "reserved_name"
  }
  package var code: Code
  package var message: String
  package var description: String { "\(code.rawValue): \(message)" }
}

/// Builds snapshots. Keeps what must outlive them: open instances and limits in use.
package final class RegistryBuilder {
  private let gates: AdmissionGates
  package private(set) var problems: [RegistryProblem] = []
  private var sources: [String: any ToolSource] = [:]
  private var functions: [ToolName: RegisteredFunction] = [:]
  private var views: [TenantView] = []
  package private(set) var instances: [any ToolBackend] = []

  package init(gates: AdmissionGates = AdmissionGates()) { self.gates = gates }

  /// Registers all functions of a plugin, or none.
  package func add(_ source: any ToolSource) {
    let descriptor = source.descriptor
    // Flows are tools too, named `flow.<name>`.
    guard descriptor.id != "flow" else {
      return report(.reservedName, "no plugin can have the id flow: it is the prefix of flows")
    }
    guard sources[descriptor.id] == nil else {
      return report(.duplicatePlugin, "two plugins have the id \(descriptor.id)")
    }
    var added: [RegisteredFunction] = []
    for (index, function) in descriptor.functions.enumerated() {
      guard let registered = register(function, at: index, of: source) else { return }
      added.append(registered)
    }
    sources[descriptor.id] = source
    for function in added { functions[function.name] = function }
  }

  private func register(
    _ function: FunctionDescriptor, at index: Int, of source: any ToolSource
  ) -> RegisteredFunction? {
    let id = source.descriptor.id
    guard let name = ToolName(plugin: id, function: function.name) else {
      report(.schemaInvalid, "plugin \(id): \(function.name) is no name for a function")
      return nil
    }
    guard !source.descriptor.functions[..<index].contains(where: { $0.name == function.name }) else {
      report(.duplicateTool, "plugin \(id) has two functions named \(function.name)")
      return nil
    }
    do {
      let isTool = function.kind == .tool
      let input = isTool ? function.inputSchema : ProviderSchemas.input(of: function.kind)
      let output = isTool ? function.outputSchema : ProviderSchemas.output(of: function.kind)
      return RegisteredFunction(
        name: name, descriptor: function, index: index, pluginVersion: source.descriptor.version,
        pluginDigest: source.digest, inputSchema: try CompiledSchema(input),
        outputSchema: try output.map { (schema) throws(SchemaError) in try CompiledSchema(schema) })
    } catch {
      report(.schemaInvalid, "\(name): \(error.message) (at \(error.pointer) of its schema)")
      return nil
    }
  }

  /// Opens what the tenant may use. A plugin that cannot be opened takes only its own functions with it.
  ///
  /// - Parameter receiver: where calls of the instances will report to.
  package func add(_ tenant: TenantID, _ assignment: TenantAssignment, receiver: any CallReceiver) {
    var enabled: [EnabledFunction] = []
    for id in assignment.policy.enabled.keys.sorted() {
      guard let source = sources[id] else {
        report(.unknownPlugin, "tenant \(tenant) enables plugin \(id), which is not loaded")
        continue
      }
      let granted = functions.values.filter { $0.name.plugin == id }.compactMap { function in
        if case .allowed(let grant) = assignment.policy.decide(function.name) {
          (function, grant)
        } else {
          nil
        }
      }
      guard !granted.isEmpty, let instance = open(source, for: tenant, assignment, receiver) else { continue }
      for (function, grant) in granted {
        var limits = assignment.limits(function.name, function.descriptor.limits)
        if function.descriptor.isSerial { limits.concurrency = 1 }
        let gate = gates.gate(for: function.name, of: tenant, policy: limits)
        enabled.append(
          EnabledFunction(
            function: function, tenant: tenant, grant: grant, backend: instance, limits: limits,
            repair: assignment.repair(function.name), approvalRule: assignment.approval(function.name),
            gate: gate, models: assignment.models,
            configurationDigest: function.descriptor.kind == .chat
              ? sha256(of: (assignment.configurations[id] ?? [:]).serialized()) : ""))
      }
    }
    views.append(TenantView(tenant: tenant, policy: assignment.policy, functions: enabled))
  }

  private func open(
    _ source: any ToolSource, for tenant: TenantID, _ assignment: TenantAssignment,
    _ receiver: any CallReceiver
  ) -> (any ToolBackend)? {
    let id = source.descriptor.id
    let configuration = assignment.configurations[id] ?? [:]
    do {
      if let schema = source.descriptor.configSchema {
        let document = try JSONDocument(parsing: configuration.serialized())
        if let error = try CompiledSchema(schema).validate(document.root, maxErrors: 1).first {
          report(.configurationInvalid, "plugin \(id), tenant \(tenant): \(error.message)")
          return nil
        }
      }
      let instance = try source.open(
        for: tenant, configuration: configuration,
        services: assignment.services(id).limited(to: source.descriptor.services), receiver: receiver)
      instances.append(instance)
      return instance
    } catch {
      report(.openFailed, "plugin \(id), tenant \(tenant): \(error)")
      return nil
    }
  }

  package func snapshot() -> RegistrySnapshot {
    RegistrySnapshot(functions: Array(functions.values), views: views)
  }

  private func report(_ code: RegistryProblem.Code, _ message: String) {
    problems.append(RegistryProblem(code: code, message: message))
  }
}

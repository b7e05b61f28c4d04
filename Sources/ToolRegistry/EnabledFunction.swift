package import Admission
package import Authorization
package import JSONSchema
package import ModelContracts
package import ToolContracts

/// A function that one tenant may use: the open instance that runs it, and the limits that hold. Immutable.
package final class EnabledFunction: Sendable {
  package let function: RegisteredFunction
  package let tenant: TenantID
  package let grant: Grant
  package let backend: any ToolBackend
  package let limits: LimitPolicy
  /// How its arguments may be mended.
  package let repair: RepairOptions
  /// Nil: none of its calls needs a person's approval.
  let approvalRule: ApprovalRule?
  package let gate: AdmissionGate
  /// What holds for it where it is a model.
  package let models: ModelPolicy
  /// Of what the plugin was opened with, where it is a model; else empty.
  package let configurationDigest: String

  init(
    function: RegisteredFunction, tenant: TenantID, grant: Grant, backend: any ToolBackend,
    limits: LimitPolicy, repair: RepairOptions, approvalRule: ApprovalRule?,
    gate: AdmissionGate, models: ModelPolicy, configurationDigest: String
  ) {
    self.function = function
    self.tenant = tenant
    self.grant = grant
    self.backend = backend
    self.limits = limits
    self.repair = repair
    self.approvalRule = approvalRule
    self.gate = gate
    self.models = models
    self.configurationDigest = configurationDigest
  }
}

/// What a plugin is held to. The names are stable: scripts branch on them, and none is used for something else later.
///
/// Those that a host refuses a plugin with are named as the host names them.
package enum Rule: String, Sendable, CaseIterable {
  case pluginUnreadable = "plugin_unreadable"
  case notAPlugin = "not_a_plugin"
  case wrongArchitecture = "wrong_architecture"
  case pluginTruncated = "plugin_truncated"
  case descriptorInvalid = "descriptor_invalid"
  case descriptorMismatch = "descriptor_mismatch"
  case abiIncompatible = "abi_incompatible"
  case loadFailed = "load_failed"
  case pluginCrashed = "plugin_crashed"
  case pluginExited = "plugin_exited"
  case pluginHung = "plugin_hung"
  case configurationInvalid = "configuration_invalid"
  case reservedName = "reserved_name"
  case symbolsExported = "symbols_exported"
  case staticTls = "static_tls"
  case textRelocation = "text_relocation"
  case executableStack = "executable_stack"
  case writableCode = "writable_code"
  case lazyBinding = "lazy_binding"
  case schemaInvalid = "schema_invalid"
  case exampleInvalid = "example_invalid"
  case examplesMissing = "examples_missing"
  case notCalled = "not_called"
  case notOpened = "not_opened"
  case entrySlow = "entry_slow"
  case loadSlow = "load_slow"
  case signalsChanged = "signals_changed"
  case folderChanged = "folder_changed"
  case umaskChanged = "umask_changed"
  case environmentChanged = "environment_changed"
  case floatingPointChanged = "floating_point_changed"
  case limitsChanged = "limits_changed"
  case streamsChanged = "streams_changed"
  case childStarted = "child_started"
  case threadsStarted = "threads_started"
  case descriptorsOpened = "descriptors_opened"
  case descriptorsClosed = "descriptors_closed"
  case descriptorsLeak = "descriptors_leak"
  case threadsLeak = "threads_leak"
  case memoryLeak = "memory_leak"
  case exampleFailed = "example_failed"
  case noResult = "no_result"
  case invalidResult = "invalid_result"
  case resultTooLarge = "result_too_large"
  case bytesNull = "bytes_null"
  case callUnknown = "call_unknown"
  case hostUnknown = "host_unknown"
  case completedTwice = "completed_twice"
  case completedLate = "completed_late"
  case neverComplete = "never_complete"
  case pendingUndeclared = "pending_undeclared"
  case statusInvalid = "status_invalid"
  case eventInvalid = "event_invalid"
  case unknownFunctionAnswered = "unknown_function_answered"
  case cancelIgnored = "cancel_ignored"
  case notReentrant = "not_reentrant"
  case sandboxRefused = "sandbox_refused"
  case partlyTried = "partly_tried"
  case notChecked = "not_checked"

  /// What breaking it is, where nothing else is said.
  package var severity: Finding.Severity {
    switch self {
    case .loadSlow, .memoryLeak, .cancelIgnored, .sandboxRefused: .warning
    case .lazyBinding, .examplesMissing, .notCalled, .partlyTried: .note
    default: .error
    }
  }
}

import CWorkerWire

/// How far a worker is shut in, and what it gets all the same.
package struct Confinement: Sendable, Hashable {
  /// What an operator asks for.
  package enum Level: String, Sendable, CaseIterable {
    /// Every layer.
    case strict
    /// What needs no namespaces: system calls, files, limits and hygiene.
    case standard
  }
  /// Nil: `strict` where the system has it, else `standard`.
  package var level: Level?
  /// Absolute paths of files and folders that it may read, beside the system's libraries.
  package var readablePaths: [String]
  /// Address space.
  package var memoryBytes: UInt64
  /// Of processor time in its whole life; nil: no limit but the deadlines of its calls.
  package var processorSeconds: UInt64?
  /// Threads; nil: 32, and 288 where the plugin answers as a model.
  package var tasks: UInt32?

  package init(
    level: Level? = nil, readablePaths: [String] = [], memoryBytes: UInt64 = 512 << 20,
    processorSeconds: UInt64? = nil, tasks: UInt32? = nil
  ) {
    self.level = level
    self.readablePaths = readablePaths
    self.memoryBytes = memoryBytes
    self.processorSeconds = processorSeconds
    self.tasks = tasks
  }
}

/// Layers of confinement, as bits of the wire.
package struct Layers: OptionSet, Sendable, Hashable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let seccomp = Layers(rawValue: UInt32(WIRE_LAYER_SECCOMP))
  package static let landlock = Layers(rawValue: UInt32(WIRE_LAYER_LANDLOCK))
  package static let namespaces = Layers(rawValue: UInt32(WIRE_LAYER_NAMESPACES))
  package static let limits = Layers(rawValue: UInt32(WIRE_LAYER_LIMITS))
  package static let cgroup = Layers(rawValue: UInt32(WIRE_LAYER_CGROUP))
  package static let hygiene = Layers(rawValue: UInt32(WIRE_LAYER_HYGIENE))
  package static let slotUser = Layers(rawValue: UInt32(WIRE_LAYER_SLOT_UID))

  package static let standard: Layers = [.seccomp, .landlock, .limits, .hygiene]
  package static let strict: Layers = [.standard, .namespaces]
  /// Put on where the system has them, and no reason to refuse where it does not.
  package static let welcome: Layers = [.cgroup, .slotUser]

  package static let names: [(layer: Layers, name: String)] = [
    (.seccomp, "seccomp"), (.landlock, "landlock"), (.namespaces, "namespaces"), (.limits, "limits"),
    (.cgroup, "cgroup"), (.hygiene, "hygiene"), (.slotUser, "slot_uid"),
  ]
}

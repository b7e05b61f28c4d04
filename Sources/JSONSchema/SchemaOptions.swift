/// How schemas are read, and how much work they may ask for.
package struct SchemaOptions: Sendable {
  /// `format` is an annotation unless this is set (or the dialect's vocabulary asserts it).
  package var assertsFormat: Bool
  /// For a schema that names none with `$schema`.
  package var defaultDialect: SchemaDialect
  package var limits: SchemaLimits

  package init(
    assertsFormat: Bool = false, defaultDialect: SchemaDialect = .draft202012,
    limits: SchemaLimits = SchemaLimits()
  ) {
    self.assertsFormat = assertsFormat
    self.defaultDialect = defaultDialect
    self.limits = limits
  }
}

/// What keeps a hostile schema from holding the host, at registration and at run time.
package struct SchemaLimits: Sendable {
  /// Subschemas a plan may have, those behind references included.
  package var subschemas = 50_000
  /// Subschemas inside one another, references followed.
  package var depth = 256
  /// Values under `const` and `enum`, counted with everything inside them.
  package var constants = 200_000
  /// Subschemas that one instance location may have to pass, over all branches and references.
  package var branches = 20_000
  /// Bytes of one pattern.
  package var patternLength = 8192
  package var patterns = 2000

  /// Subschema applications one validation may make, whatever the instance; as many again per value of the instance
  /// as ``stepsPerValue``. Beyond, the instance counts as invalid.
  package var steps = 200_000
  package var stepsPerValue = 200
  /// Milliseconds of processor time that all patterns of one validation may take together; given up after at most
  /// twice that, and a tick of the clock.
  package var patternMilliseconds = 10

  package init() {}
}

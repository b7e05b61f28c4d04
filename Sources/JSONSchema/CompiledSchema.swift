package import JSONCodec

/// A schema made ready once, to check any number of values from any thread.
package struct CompiledSchema: Sendable {
  let plan: Plan

  /// - Throws: what is wrong with the schema, or what it asks for that this host does not allow.
  package init(
    _ schema: JSONValue, resources: SchemaResources = SchemaResources(),
    options: SchemaOptions = SchemaOptions()
  ) throws(SchemaError) {
    plan = try PlanCompiler.compile(schema, resources: resources, options: options)
  }

  /// Allocates nothing. A value that takes more work than the limits allow is not valid.
  package func isValid(_ instance: JSONView) -> Bool {
    instance.document.withTape { Validator.isValid(plan, $0, at: instance.index) }
  }
}

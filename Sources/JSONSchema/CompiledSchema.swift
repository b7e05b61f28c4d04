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

  /// Text to verdict without a document in between: for values of which nothing but the text is used afterwards.
  /// - Throws: what keeps `text` from being JSON.
  package func isValid(text: [UInt8], limits: JSONLimits = .default) throws(JSONError) -> Bool {
    var isValid = false
    let failure = text.withUnsafeBufferPointer { bytes -> JSONError? in
      do throws(JSONError) {
        try JSONTape.withParsed(bytes, limits: limits) { isValid = Validator.isValid(plan, $0, at: 0) }
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    return isValid
  }
}

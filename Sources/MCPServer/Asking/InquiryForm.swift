import JSONCodec
import JSONSchema
package import ToolContracts

/// What may be asked of a person: a flat object of strings, numbers, booleans and choices.
struct InquiryForm: Sendable {
  let schema: CompiledSchema

  /// - Returns: nil for a schema that a client cannot show as a form.
  init?(_ schema: JSONValue) {
    guard schema["type"]?.string == "object", let properties = schema["properties"]?.object,
      properties.values.allSatisfy(Self.isField), let compiled = try? CompiledSchema(schema)
    else { return nil }
    self.schema = compiled
  }

  private static func isField(_ schema: JSONValue) -> Bool {
    switch schema["type"]?.string {
    case "string", "number", "integer", "boolean": schema["properties"] == nil && schema["items"] == nil
    // Several of a list of choices.
    case "array": schema["items"]?["enum"] != nil || schema["items"]?["anyOf"] != nil
    default: false
    }
  }

  /// What is wrong with `content`, for whoever filled it in; nil where nothing is.
  func fault(in content: JSONView) -> String? {
    schema.isValid(content) ? nil : schema.validate(content, maxErrors: 1).first?.message ?? "it does not fit"
  }
}

extension Inquiry {
  /// Whether it can be put to anybody at all.
  package var isWellFormed: Bool {
    switch self {
    case .form(_, let schema): InquiryForm(schema) != nil
    case .url(_, let url): url.hasPrefix("https://") || url.hasPrefix("http://")
    case .sampling(let parameters): parameters.kind == .object
    case .roots: true
    }
  }
}

import JSONCodec
import JSONSchema

extension OfferedTool {
  /// Why it cannot be offered; nil where it can.
  var fault: String? {
    guard digest != nil else { return "its description holds a number that is out of range" }
    do throws(SchemaError) {
      _ = try CompiledSchema(inputSchema)
      if let outputSchema { _ = try CompiledSchema(outputSchema) }
      return nil
    } catch {
      return "one of its schemas cannot be used: \(error.message) (at \(error.pointer))"
    }
  }
}

import JSONCodec
import JSONSchema
import ToolContracts

/// Holds what a function has answered to what a host would hold it.
enum ResultInspection {
  static func finding(in json: [UInt8], of function: SchemaInspection.Function) -> Finding? {
    let name = function.descriptor.name
    let most = function.descriptor.limits.maxResultBytes ?? LimitPolicy().maxResultBytes
    guard json.count <= most else {
      return Finding(
        .resultTooLarge, at: name, "it answers with \(json.count) bytes, and its limit is \(most)")
    }
    do throws(JSONError) {
      let document = try JSONDocument(parsing: json, limits: .strict)
      guard let error = function.output?.validate(document.root, maxErrors: 1).first else { return nil }
      return Finding(.invalidResult, at: name, "its result breaks its outputSchema: \(error.message)")
    } catch {
      return Finding(.invalidResult, at: name, "its result is not JSON: \(error.message)")
    }
  }
}

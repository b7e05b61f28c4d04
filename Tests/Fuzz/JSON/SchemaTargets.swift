import JSONCodec
import JSONSchema

private let instances: [JSONDocument] = [
  "null", "true", "0", "-1.5e3", #""""#, #""abc""#, "[]", "[1,[2],\"a\"]", "{}",
  #"{"a":1,"b":{"a":[true]},"x-c":"y"}"#,
].compactMap { try? JSONDocument(parsing: $0) }

private let assertingFormats = SchemaOptions(assertsFormat: true)

/// A schema compiles or is refused with a reason, and then gives every instance a verdict that its other answers share.
func schemasCompileOrAreRefused(_ input: UnsafeBufferPointer<UInt8>) {
  guard let schema = try? JSONValue(parsing: Array(input)) else { return }
  for options in [SchemaOptions(), assertingFormats] {
    guard let compiled = try? CompiledSchema(schema, options: options) else { continue }
    _ = compiled.explanation
    for instance in instances { judge(compiled, instance.root) }
  }
}

private let schemas: [CompiledSchema] = [
  ##"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"##,
  ##"{"$ref":"https://json-schema.org/draft/2019-09/schema"}"##,
  ##"{"$ref":"http://json-schema.org/draft-07/schema"}"##,
  ##"""
  {"type":["object","array"],"unevaluatedProperties":false,"unevaluatedItems":{"type":"integer"},
   "properties":{"a":{"$ref":"#"},"s":{"type":"string","minLength":2,"maxLength":5,"pattern":"^[a-z]+(é|x)*$"}},
   "patternProperties":{"^x-":{"enum":[1,"one",null,[1],{"k":1.0}]}},"required":["a"],
   "anyOf":[{"required":["b"],"properties":{"b":{"multipleOf":0.01}}},{"minProperties":2},{"prefixItems":[{"const":1}]}],
   "dependentRequired":{"c":["d"]},"dependentSchemas":{"e":{"properties":{"f":{"writeOnly":true,"type":"null"}}}},
   "if":{"contains":{"type":"string"},"minContains":2},"then":{"uniqueItems":true},"else":{"maxItems":4}}
  """##,
  ##"""
  {"properties":{"d":{"format":"date-time"},"e":{"format":"idn-email"},"h":{"format":"idn-hostname"},"u":{"format":"iri"},
   "r":{"format":"uri-reference"},"t":{"format":"uri-template"},"x":{"format":"regex"},"p":{"format":"relative-json-pointer"},
   "i":{"format":"ipv6"},"n":{"format":"hostname"},"g":{"format":"uuid"},"o":{"format":"duration"}}}
  """##,
].compactMap { text in
  guard let schema = try? JSONValue(parsing: text) else { return nil }
  return try? CompiledSchema(schema, options: assertingFormats)
}

/// The first byte chooses a schema, the rest is the instance.
func verdictsAgree(_ input: UnsafeBufferPointer<UInt8>) {
  precondition(schemas.count == 5)
  guard let first = input.first else { return }
  let schema = schemas[Int(first) % schemas.count]
  let text = Array(input.dropFirst())
  guard let document = try? JSONDocument(parsing: text) else { return }
  precondition((try? schema.isValid(text: text)) == schema.isValid(document.root))
  judge(schema, document.root)
}

private func judge(_ schema: CompiledSchema, _ instance: JSONView) {
  let isValid = schema.isValid(instance)
  let errors = schema.validate(instance)
  precondition(errors.isEmpty == isValid)
  precondition(schema.output(instance, form: .basic)["valid"] == .bool(isValid))
  // A pointer names the last of several members with one name, and an error may be about another.
  if instance.document.duplicateKey == nil {
    for error in errors { precondition(instance[error.instance] != nil, "an error points nowhere") }
  }
  let everything: RepairOptions = [.coerceScalars, .wrapSingleValues, .fillDefaults, .dropUnknownKeys]
  guard let repaired = schema.repaired(instance, options: everything),
    let document = try? JSONDocument(parsing: repaired.value.serialized())
  else { return }
  precondition(schema.isValid(document.root))
}

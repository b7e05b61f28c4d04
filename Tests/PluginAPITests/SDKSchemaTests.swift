import FoundationEssentials
import PluginABI
import Testing

@testable import JackfieldPluginSDK

struct SDKSchemaTests {
  struct Query: Codable, DescribedProperties {
    enum Order: String, Codable, CaseIterable { case newest, oldest }
    enum Level: Int, Codable, CaseIterable { case one = 1, two }
    struct Filter: Codable { var tag: String }
    struct Cursor: Codable {
      var text: String
      init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
      }
    }

    var text: String
    var limit: UInt8?
    var order: Order
    var level: Level?
    var filters: [Filter]
    var weights: [String: Double]
    var cursor: Cursor
    var extra: JSONValue?
    var gaps: [Int?]
    static let propertyDescriptions = ["text": "What to \"look\" for."]
  }

  @Test func aSchemaIsReadOffEveryShapeOfCodableType() throws {
    let text = try Schema.derived(Query.self).document().text
    let schema = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    #expect(
      schema == [
        "type": "object", "additionalProperties": false,
        "required": ["text", "order", "filters", "weights", "cursor", "gaps"],
        "properties": [
          "text": ["type": "string", "description": "What to \"look\" for."],
          "limit": ["type": "integer", "minimum": 0, "maximum": 255],
          "order": ["type": "string", "enum": ["newest", "oldest"]],
          "level": ["type": "integer", "enum": [1, 2]],
          "filters": [
            "type": "array",
            "items": [
              "type": "object", "properties": ["tag": ["type": "string"]], "required": ["tag"],
              "additionalProperties": false,
            ],
          ],
          "weights": ["type": "object", "additionalProperties": ["type": "number"]],
          "cursor": ["type": "string"],
          "extra": [:],
          "gaps": ["type": "array", "items": ["anyOf": [["type": "integer"], ["type": "null"]]]],
        ],
      ])
  }

  @Test func examplesStandInTheSchemaThatIsDerived() throws {
    let text = try Schema.derived(Calculation.self).document(examples: [#"{"terms":[1,2]}"#]).text
    let schema = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    #expect(schema["examples"] == [["terms": [1, 2]]])
    #expect(throws: DeclarationError.self) {
      try Schema.json(#"{"type":"object"}"#).document(examples: ["{}"])
    }
  }
  struct Calculation: Codable { var terms: [Int] }

  struct Node: Codable { var children: [Node] }
  enum Shape: Codable { case circle(Double), square }
  enum Closed: String, Codable { case yes }
  struct UsesClosed: Codable { var closed: Closed }
  struct Dated: Codable { var at: Date }
  struct Misdescribed: Codable, DescribedProperties {
    var a: Int
    static let propertyDescriptions = ["b": "There is none."]
  }

  @Test(arguments: [
    (Schema.derived(Node.self), "Node.children.[]: Node contains itself"), (.derived(Shape.self), "Shape"),
    (.derived(UsesClosed.self), "UsesClosed.closed: Closed does not decode from placeholders"),
    (.derived(Misdescribed.self), "\"b\", which is no property"),
    (.derived(Dated.self), "Dated.at: Date is no JSON outside of Foundation's own coders"),
    (.derived(Int.self), "Int is no JSON object"),
    (.json("{"), "given as text is none"), (.json("[]"), "given as text is none"),
    (.json("{}"), "type: is missing"),
    (.json(#"{"type":"string"}"#), "\"type\": \"object\""),
    (.json(#"{"type":"object"} x"#), "given as text is none"),
  ])
  func aSchemaThatCannotBeMadeIsAnErrorThatNamesThePlace(schema: Schema, message: String) {
    let error = #expect(throws: DeclarationError.self) { try schema.document() }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func aSchemaGivenAsTextGoesIntoTheDescriptorAsItIs() throws {
    let text = #"{ "type": "object", "minProperties": 1.50 }"#
    #expect(try Schema.json(text).document().text == text)
  }

  @Test func theDescriptorSaysTheSameAsTheFunctionTable() throws {
    struct Declared: Decodable {
      struct Function: Decodable {
        let name, kind, effect: String
        let mayPend, serial: Bool
      }
      let abi: Int
      let id, version: String
      let functions: [Function]
      let services, secrets: [String]
    }
    let table = try #require(SamplePlugin.table(1 << 16)).pointee
    let declared = try JSONDecoder().decode(Declared.self, from: Data(table.descriptor.buffer))
    #expect(declared.abi == 1 && declared.id == table.id.string && declared.version == table.version.string)
    #expect(declared.services == ["jf.config/1"] && declared.secrets == ["TOKEN"])
    #expect(declared.functions.map(\.name) == ["greet", "wait", "fail", "report", "chat"])
    try #require(declared.functions.count == Int(table.function_count))
    for (index, function) in declared.functions.enumerated() {
      let row = table.functions[index]
      #expect(row.size == 32 && row.name.string == function.name)
      #expect(row.kind == (function.kind == "chat" ? Int32(JF_KIND_CHAT) : Int32(JF_KIND_TOOL)))
      let effects = [
        "non_idempotent": JF_EFFECT_NON_IDEMPOTENT, "idempotent": JF_EFFECT_IDEMPOTENT,
        "none": JF_EFFECT_NONE,
      ]
      #expect(effects[function.effect].map(Int32.init) == row.effect)
      #expect((row.flags & UInt32(JF_FUNCTION_MAY_PEND) != 0) == function.mayPend)
      #expect((row.flags & UInt32(JF_FUNCTION_SERIAL) != 0) == function.serial)
    }
  }

  @Test func aDescriptorIsTheSameBytesEveryTime() throws {
    let first = try Descriptor.document(of: SamplePlugin.self).text
    #expect(try Descriptor.document(of: SamplePlugin.self).text == first)
    #expect(first.contains(#""annotations":{"readOnlyHint":true},"effect":"none""#))
    #expect(first.contains(#""limits":{"timeoutMs":100,"concurrency":4}"#))
    #expect(first.contains(#""title":"Greeter""#))
  }
}

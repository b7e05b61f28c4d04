@testable import JSONCodec
import Testing

@Suite struct JSONViewTests {
  let root: JSONView

  init() throws {
    let text = """
      {"name": "kettle", "price": 12.50, "tags": ["a\\u00e9", "b\\n", "\\ud83d\\ude00"], "on": true, "off": false,
       "none": null, "nested": {"deep": [[], {}, [1, [2, 3]], 4]}, "big": 123456789012345678901234567890, "": "empty"}
      """
    root = try JSONDocument(parsing: text).root
  }

  @Test func membersAndElementsAreReachedByNameAndPosition() {
    #expect(root.kind == .object)
    #expect(root.count == 9)
    #expect(root["name"]?.string == "kettle")
    #expect(root[""]?.string == "empty")
    #expect(root["on"]?.bool == true)
    #expect(root["off"]?.bool == false)
    #expect(root["none"]?.isNull == true)
    #expect(root["missing"] == nil)
    #expect(root["tags"]?[0]?.string == "aé")
    #expect(root["tags"]?[1]?.string == "b\n")
    #expect(root["tags"]?[2]?.string == "😀")
    #expect(root["tags"]?[3] == nil)
    #expect(root["tags"]?[-1] == nil)
    #expect(root["nested"]?["deep"]?.count == 4)
    #expect(root["nested"]?["deep"]?[3]?.int == 4)
    #expect(root["nested"]?["deep"]?[2]?[1]?[1]?.int == 3)
  }

  @Test func aViewOfOneKindAnswersNilToTheQuestionsOfAnother() {
    #expect(
      root.string == nil && root.int == nil && root.double == nil && root.bool == nil
        && root.numberText == nil)
    #expect(root["name"]?["x"] == nil && root["name"]?[0] == nil && root["name"]?.int == nil)
    #expect(root["name"]?.count == 0)
    #expect(root["tags"]?["0"] == nil)
    #expect(root["on"]?.int == nil)
    #expect(Array(root["name"]!.elements.map(\.kind)).isEmpty && Array(root["tags"]!.members).isEmpty)
  }

  @Test func childrenComeInDocumentOrder() {
    #expect(root.members.map(\.key) == ["name", "price", "tags", "on", "off", "none", "nested", "big", ""])
    #expect(root["nested"]?["deep"]?.elements.map(\.kind) == [.array, .object, .array, .number])
  }

  @Test func rawTextIsTheValuesOwn() {
    #expect(root["price"]?.rawText == "12.50")
    #expect(root["price"]?.numberText == "12.50")
    #expect(root["name"]?.rawText == "\"kettle\"")
    #expect(root["nested"]?.rawText == "{\"deep\": [[], {}, [1, [2, 3]], 4]}")
    #expect(root["big"]?.numberText == "123456789012345678901234567890")
    #expect(root["none"]?.rawText == "null")
    #expect(root.rawBytes.count == root.document.bytes.count)
  }

  @Test func pointersReachWhatSubscriptsReach() throws {
    #expect(root[try JSONPointer(parsing: "/nested/deep/2/1/0")]?.int == 2)
    #expect(root[try JSONPointer(parsing: "/")]?.string == "empty")
    #expect(root[.root]?.kind == .object)
    #expect(root[try JSONPointer(parsing: "/tags/01")] == nil)
    #expect(root[try JSONPointer(parsing: "/tags/-")] == nil)
    #expect(root[try JSONPointer(parsing: "/name/0")] == nil)
  }

  @Test func theTreePrintsWhatTheTextSaid() throws {
    #expect(try JSONValue(parsing: root.value.text) == root.value)
    #expect(root.value.object?.keys == root.members.map(\.key))
    #expect(root.value["price"]?.number?.text == "12.50")
  }

  @Test func namesAreComparedByCodePointNotByAppearance() throws {
    let composed = "\u{e9}"
    let decomposed = "e\u{301}"
    let root = try JSONDocument(parsing: "{\"\(composed)\":1}").root
    #expect(root[composed]?.int == 1)
    #expect(root[decomposed] == nil)
    #expect(root.value[decomposed] == nil)
    #expect(JSONValue.string(composed) != JSONValue.string(decomposed))
    #expect(JSONPointer([composed]) != JSONPointer([decomposed]))
  }

  /// 24 bits count the children of a container; beyond, they are walked.
  @Test func countsAreRightWhereTheyDoNotFitTheNode() {
    func nodes(_ kind: JSONKind) -> [JSONNode] {
      let scalar = JSONNode(word: UInt32(JSONKind.null.rawValue), start: 0, length: 4, extra: 0)
      let inner = JSONNode(word: UInt32(JSONKind.array.rawValue), start: 0, length: 4, extra: 5)
      return [
        JSONNode(word: UInt32(kind.rawValue) | 0xFFFF_FF00, start: 0, length: 1, extra: 5), scalar, scalar,
        scalar, inner,
      ]
    }
    let text: [UInt8] = [0]
    for (kind, count) in [(JSONKind.array, 4), (.object, 2)] {
      nodes(kind).withUnsafeBufferPointer { nodes in
        text.withUnsafeBufferPointer { text in
          let tape = JSONTape(text: text.baseAddress!, nodes: nodes.baseAddress!, count: nodes.count)
          #expect(tape.count(at: 0) == count)
        }
      }
    }
  }
}

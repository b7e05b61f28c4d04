import JSONCodec
import Testing

@Suite struct JSONWriterTests {
  @Test func commasFallWhereTheyBelong() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("id", 7)
    writer.field("big", Int64.min)
    writer.field("ratio", 0.25)
    writer.field("ok", true)
    writer.field("name", "a\"b")
    writer.field("tree", ["x": []] as JSONValue)
    writer.field("raw", raw: Array("[1, 2]".utf8))
    writer.key("list")
    writer.beginArray()
    writer.beginArray()
    writer.endArray()
    writer.beginObject()
    writer.endObject()
    writer.int(1)
    writer.double(1.5)
    writer.double(.nan)
    writer.null()
    writer.bool(false)
    writer.string("s")
    writer.raw("0".utf8)
    writer.endArray()
    writer.key("last")
    writer.value(nil)
    writer.endObject()
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == "{\"id\":7,\"big\":-9223372036854775808,\"ratio\":0.25,\"ok\":true,\"name\":\"a\\\"b\",\"tree\":{\"x\":[]},"
        + "\"raw\":[1, 2],\"list\":[[],{},1,1.5,null,null,false,\"s\",0],\"last\":null}")
  }

  @Test func clearedWriterStartsAfresh() {
    var writer = JSONWriter()
    writer.int(1)
    writer.removeAll()
    writer.int(2)
    #expect(writer.bytes == Array("2".utf8))
  }
}

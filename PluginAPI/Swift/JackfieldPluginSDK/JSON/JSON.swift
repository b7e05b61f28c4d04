/// JSON text and `Codable` types, as arguments and results of tools are coded; without Foundation.
///
/// A date, a decimal, a URL and binary data of Foundation code themselves as they do with any coder, which is not what
/// its own JSON coders make of them: give them as text or numbers.
public enum JSON {
  /// - Throws: `DecodingError` with the place of what does not fit; for a text that is no JSON, or nests deeper than 512,
  ///   with the offset of what is wrong.
  public static func decode<T: Decodable>(_ type: T.Type, from text: String) throws -> T {
    try JSONCoding.decode(type, from: text)
  }

  /// The members of dictionaries sorted by key, those of other types in the order they are encoded in.
  ///
  /// - Throws: `EncodingError` for an infinity or NaN.
  public static func text(of value: some Encodable) throws -> String { try JSONCoding.answer(value).text }
}

internal import FoundationEssentials

/// The one way in which this module turns JSON into `Codable` types and back.
enum JSONCoding {
  static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }()

  // Sorted: the same answer is the same bytes, in every process, and so compares equal in a journal.
  static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }()

  /// Arguments that passed the schema and still do not fit the type: the two disagree.
  struct ArgumentError: Error {
    let message: String
  }

  static func arguments<T: Decodable>(_ type: T.Type, from json: Data) throws(ArgumentError) -> T {
    do {
      return try decoder.decode(type, from: json)
    } catch {
      throw ArgumentError(message: "the arguments do not fit: \(describe(error))")
    }
  }

  static func answer(_ value: some Encodable) throws -> Data {
    try encoder.encode(value)
  }

  static func text(of value: JSONValue) -> String {
    // A JSON value always encodes, except for a number that JSON cannot write.
    guard let data = try? encoder.encode(value) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }

  /// "at filter.limit: expected a number" instead of the dump of a Swift enum.
  static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return String(describing: error) }
    switch error {
    case .keyNotFound(let key, let context): return at(context.codingPath + [key]) + "is missing"
    case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
      return at(context.codingPath) + context.debugDescription
    @unknown default: return String(describing: error)
    }
  }

  private static func at(_ path: [any CodingKey]) -> String {
    path.isEmpty
      ? "" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + ": "
  }
}

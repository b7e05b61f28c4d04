/// The one way in which this module turns JSON into `Codable` types and back.
@usableFromInline
enum JSONCoding {
  /// Arguments that passed the schema and still do not fit the type: the two disagree.
  struct ArgumentError: Error {
    let message: String
  }

  @inlinable
  static func arguments<T: Decodable>(_ type: T.Type, from json: UnsafeRawBufferPointer) throws -> T {
    do {
      return try JSONTape(parsing: json).decode(type)
    } catch {
      throw misfit(error)
    }
  }

  @usableFromInline
  static func misfit(_ error: any Error) -> any Error {
    ArgumentError(message: "the arguments do not fit: \(describe(error))")
  }

  static func decode<T: Decodable>(_ type: T.Type, from json: String) throws -> T {
    var json = json
    return try json.withUTF8 { try JSONTape(parsing: UnsafeRawBufferPointer($0)).decode(type) }
  }

  /// Dictionaries are sorted by key and other members stand as they were encoded: the same answer is the same bytes, in
  /// every process, and so compares equal in a journal.
  @inlinable
  static func answer<T: Encodable>(_ value: T) throws -> JSONOutput { try JSONOutput.of(value) }

  /// As `answer`, for whoever may be on another thread by then.
  @usableFromInline
  static func bytes(of value: some Encodable) throws -> [UInt8] { try answer(value).withBytes { Array($0) } }

  /// "filter.limit: expected a number, not a string" instead of the dump of a Swift enum.
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

/// The formats that can be asserted.
enum StringFormat: String, CaseIterable {
  case dateTime = "date-time"
  case date, time, duration
  case email
  case idnEmail = "idn-email"
  case hostname
  case idnHostname = "idn-hostname"
  case ipv4, ipv6
  case uri
  case uriReference = "uri-reference"
  case iri
  case iriReference = "iri-reference"
  case uuid
  case uriTemplate = "uri-template"
  case jsonPointer = "json-pointer"
  case relativeJSONPointer = "relative-json-pointer"
  case regex

  var number: UInt32 { UInt32(Self.allCases.firstIndex(of: self) ?? 0) }

  init?(number: UInt32) {
    guard Self.allCases.indices.contains(Int(number)) else { return nil }
    self = Self.allCases[Int(number)]
  }

  func isKnown(to dialect: SchemaDialect) -> Bool {
    dialect != .draft07 || (self != .duration && self != .uuid)
  }
}

extension StringFormat {
  /// With an article, for messages.
  var article: String {
    switch self {
    case .dateTime: "a date and time like 2026-11-20T08:30:00Z"
    case .date: "a date like 2026-11-20"
    case .time: "a time like 08:30:00Z"
    case .duration: "a duration like P3DT4H"
    case .email, .idnEmail: "an e-mail address"
    case .hostname, .idnHostname: "a host name"
    case .ipv4: "an IPv4 address"
    case .ipv6: "an IPv6 address"
    case .uri: "an absolute URI"
    case .uriReference: "a URI or relative reference"
    case .iri: "an absolute IRI"
    case .iriReference: "an IRI or relative reference"
    case .uuid: "a UUID"
    case .uriTemplate: "a URI template"
    case .jsonPointer: "a JSON Pointer"
    case .relativeJSONPointer: "a relative JSON Pointer"
    case .regex: "a regular expression"
    }
  }
}

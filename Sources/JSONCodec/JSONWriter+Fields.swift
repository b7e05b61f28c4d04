/// A key and its value in one call.
extension JSONWriter {
  package mutating func field(_ key: String, _ value: String) {
    self.key(key)
    string(value)
  }

  package mutating func field(_ key: String, _ value: Int) {
    self.key(key)
    int(value)
  }

  package mutating func field(_ key: String, _ value: Int64) {
    self.key(key)
    int(value)
  }

  package mutating func field(_ key: String, _ value: Double) {
    self.key(key)
    double(value)
  }

  package mutating func field(_ key: String, _ value: Bool) {
    self.key(key)
    bool(value)
  }

  package mutating func field(_ key: String, _ value: JSONValue) {
    self.key(key)
    self.value(value)
  }

  /// As the general one; most JSON comes as an array.
  package mutating func field(_ key: String, raw json: [UInt8]) {
    self.key(key)
    raw(json)
  }

  /// - Parameter json: one JSON value, already checked: it is copied as it is.
  package mutating func field(_ key: String, raw json: some Collection<UInt8>) {
    self.key(key)
    raw(json)
  }
}

import JSONCodec
import SimdjsonPeer

/// What parses prints to a text that means the same, in each form; what simdjson thinks is no other opinion.
func parserAgreesWithItself(_ input: UnsafeBufferPointer<UInt8>) {
  let bytes = Array(input)
  let outcome = Result { () throws(JSONError) in try JSONDocument(parsing: bytes) }
  compareWithPeer(bytes, outcome)
  guard case .success(let document) = outcome else { return }
  let isStrict = (try? JSONDocument(parsing: bytes, limits: .strict)) != nil
  precondition(isStrict == (document.duplicateKey == nil))
  let value = document.root.value
  precondition(reparsed(value.serialized()) == value)
  precondition(reparsed(value.serialized(indentation: 2)) == value)
  if let canonical = try? value.canonical() {
    precondition((try? reparsed(canonical)?.canonical()) == canonical)
  }
  readEverything(document.root)
}

private func reparsed(_ text: [UInt8]) -> JSONValue? { try? JSONValue(parsing: text) }

private func readEverything(_ view: JSONView) {
  _ = (view.int, view.double, view.string, view.bool, view.numberText, view.rawBytes.count)
  precondition(
    view.count == view.elements.reduce(0) { count, _ in count + 1 }
      + view.members.reduce(0) { count, _ in count + 1 })
  for element in view.elements { readEverything(element) }
  for (key, value) in view.members {
    precondition(view[key] != nil)
    readEverything(value)
  }
}

// Used again for every input; libFuzzer runs on one thread.
private nonisolated(unsafe) let peer = jf_simdjson_parser()

private func compareWithPeer(_ bytes: [UInt8], _ outcome: Result<JSONDocument, JSONError>) {
  let isAccepted = jf_simdjson_parse(peer, bytes, bytes.count) == 1
  switch outcome {
  case .success(let document):
    // simdjson turns numbers into doubles at once and refuses what does not fit.
    precondition(isAccepted || hasHugeNumber(document.root), "only ours accepts")
  case .failure(let error):
    // It also skips a byte order mark, and has another depth limit.
    precondition(
      !isAccepted || error.code == .tooDeep || error.code == .byteOrderMark, "only simdjson accepts")
  }
}

/// Neither a double nor, where it is written as a whole number, 64 bits hold it.
private func hasHugeNumber(_ view: JSONView) -> Bool {
  if view.kind == .number {
    let isWhole = view.rawBytes.allSatisfy { $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }
    return view.double == nil || isWhole && view.int == nil
  }
  return view.elements.contains { hasHugeNumber($0) } || view.members.contains { hasHugeNumber($0.value) }
}

/// A pointer that parses prints to the same text and never leads out of a document.
func pointersAreReversible(_ input: UnsafeBufferPointer<UInt8>) {
  guard let text = String(validating: input, as: UTF8.self), let pointer = try? JSONPointer(parsing: text)
  else { return }
  precondition(pointer.description.utf8.elementsEqual(text.utf8))
  guard let document = try? JSONDocument(parsing: #"{"a":[0,{"":{"~":1,"/":[[]]}}],"é":{"0":2}}"#) else {
    return
  }
  precondition(document.root[pointer]?.value == document.root.value[pointer])
}

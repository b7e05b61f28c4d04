package import JSONCodec

/// The output forms of the specification (2020-12 §12.4).
package enum SchemaOutputForm: String, Sendable, CaseIterable {
  /// Only the verdict.
  case flag
  /// Every error, or every annotation, in one list.
  case basic
  /// Errors nested as the schema's keywords are.
  case detailed
}

extension CompiledSchema {
  /// Errors are the sentences of ``validate(_:maxErrors:)``, so nothing sensitive is in them. Annotations are those of
  /// the meta-data, format and content vocabularies. At most a few hundred errors are listed.
  package func output(_ instance: JSONView, form: SchemaOutputForm) -> JSONValue {
    let isValid = isValid(instance)
    guard form != .flag else { return ["valid": .bool(isValid)] }
    return instance.document.withTape { tape in
      if isValid {
        let annotations = AnnotationCollector.annotations(plan, tape, at: instance.index)
        return annotations.isEmpty ? ["valid": true] : ["valid": true, "annotations": .array(annotations)]
      }
      let writer = ErrorOutput(plan: plan, tape: tape, root: instance.index)
      let findings = Examination.findings(plan, tape, at: instance.index)
      return form == .basic ? writer.basic(findings) : writer.detailed(findings)
    }
  }
}

/// Where a keyword stands, in the three ways the specification asks for.
struct OutputLocation {
  let plan: Plan

  func members(path: [String], node: NodeID, keyword: String, instance: JSONPointer) -> JSONObject {
    var members = JSONObject()
    members["keywordLocation"] = .string(JSONPointer(path).description)
    members["absoluteKeywordLocation"] = absolute(node, keyword, path).map { .string($0) }
    members["instanceLocation"] = .string(instance.description)
    return members
  }

  /// `nil` where it would say no more than the path does.
  private func absolute(_ node: NodeID, _ keyword: String, _ path: [String]) -> String? {
    let resource = plan.resources[plan.origins[Int(node)].resource]
    let pointer = plan.pointer(to: node).appending(keyword).tokens
    let isInside = pointer.starts(with: resource.pointer.tokens)
    let relative = isInside ? Array(pointer.dropFirst(resource.pointer.tokens.count)) : pointer
    if resource.uri.isEmpty && relative == path { return nil }
    return resource.uri + "#" + JSONPointer(relative).description
  }
}

private struct ErrorOutput {
  let plan: Plan
  let wording: ErrorWording
  let location: OutputLocation

  init(plan: Plan, tape: JSONTape, root: Int) {
    self.plan = plan
    location = OutputLocation(plan: plan)
    wording = ErrorWording(
      owner: plan, tape: tape, root: root, sensitive: SensitiveValues(plan, tape, root: root))
  }

  func basic(_ findings: [Finding]) -> JSONValue {
    var errors: [JSONValue] = []
    func list(_ finding: Finding) {
      errors.append(.object(unit(finding)))
      for cause in finding.causes { list(cause) }
    }
    for finding in findings { list(finding) }
    return ["valid": false, "errors": .array(errors)]
  }

  func detailed(_ findings: [Finding]) -> JSONValue {
    ["valid": false, "errors": .array(findings.map(nested))]
  }

  /// A unit with one cause says nothing that the cause does not say better.
  private func nested(_ finding: Finding) -> JSONValue {
    if finding.causes.count == 1, case .applied = finding.problem { return nested(finding.causes[0]) }
    var members = unit(finding)
    if !finding.causes.isEmpty { members["errors"] = .array(finding.causes.map(nested)) }
    return .object(members)
  }

  private func unit(_ finding: Finding) -> JSONObject {
    let instance = wording.pointer(to: finding.instance)
    var members = location.members(
      path: finding.path, node: finding.node, keyword: finding.keyword.rawValue, instance: instance)
    members["error"] = .string(wording.error(for: finding).message)
    return members
  }
}

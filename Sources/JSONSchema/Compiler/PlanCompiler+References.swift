import JSONCodec

/// A `$dynamicRef` or `$recursiveRef` whose rule is completed when every resource of the plan is known.
struct PendingDynamicReference {
  /// `$dynamicAnchor`'s name, empty for `$recursiveAnchor`.
  var name: String
  var rule: Int
  var node: NodeID
  var fallback: NodeID
}

extension PlanCompiler {
  mutating func target(
    of reference: String, _ keyword: Keyword, at node: NodeID, in resource: Int
  ) throws(SchemaError) -> SchemaIndex.Target {
    guard let target = try index.resolve(reference, from: resource) else {
      throw SchemaError(
        code: .unresolvedReference, pointer: pointer(to: node).appending(keyword.rawValue),
        message: "The reference leads to nothing in this schema or in the documents supplied with it.")
    }
    return target
  }

  /// A dynamic reference leads to the outermost resource of the dynamic scope that has the anchor. The scope always
  /// starts at the root: when the root has the anchor, or nobody else has, there is nothing left to decide.
  mutating func compileDynamicReferences() throws(SchemaError) {
    var names: [String] = []
    // Compiling an anchor's subschema may bring in more resources and more dynamic references.
    var done = 0
    while done < pendingDynamic.count {
      let pending = pendingDynamic[done]
      done += 1
      if let root = anchorLocation(pending.name, in: 0) {
        let node = try compileTarget(at: root, resource: 0)
        plan.rules[pending.rule].a = node
        inPlace.append((pending.node, node))
        continue
      }
      inPlace.append((pending.node, pending.fallback))
      if !names.contains(pending.name) { names.append(pending.name) }
      try compileAnchors(named: pending.name, number: UInt32(names.firstIndex(of: pending.name) ?? 0))
      plan.rules[pending.rule].operation = .dynamicReference
      plan.rules[pending.rule].b = UInt32(names.firstIndex(of: pending.name) ?? 0)
    }
    // Resources that came in later may have the anchors too.
    for (number, name) in names.enumerated() { try compileAnchors(named: name, number: UInt32(number)) }
  }

  private mutating func compileAnchors(named name: String, number: UInt32) throws(SchemaError) {
    for resource in index.resources.indices {
      guard let location = anchorLocation(name, in: resource) else { continue }
      guard !plan.dynamicAnchors.contains(where: { $0.name == number && $0.resource == UInt32(resource) })
      else { continue }
      let node = try compileTarget(at: location, resource: resource)
      plan.dynamicAnchors.append(PlanDynamicAnchor(name: number, resource: UInt32(resource), node: node))
    }
  }

  private func anchorLocation(_ name: String, in resource: Int) -> SchemaLocation? {
    let resource = index.resources[resource]
    if name.isEmpty { return resource.isRecursiveAnchor ? resource.location : nil }
    return resource.dynamicAnchors[name]
  }

  // MARK: Bounds on what is applied to one place

  /// Refuses references that come back to where they started without having gone down into the instance, and
  /// schemas whose branches multiply beyond the limit.
  func checkInPlaceApplication() throws(SchemaError) {
    var targets: [[NodeID]] = Array(repeating: [], count: plan.nodes.count)
    for edge in inPlace { targets[Int(edge.from)].append(edge.to) }
    // 0 unvisited, -1 on the path, otherwise the number of subschemas applied.
    var weights = [Int](repeating: 0, count: plan.nodes.count)
    for start in weights.indices where weights[start] == 0 && !targets[start].isEmpty {
      var path: [(node: NodeID, next: Int, weight: Int)] = [(NodeID(start), 0, 1)]
      weights[start] = -1
      while let top = path.last {
        let children = targets[Int(top.node)]
        if top.next == children.count {
          weights[Int(top.node)] = top.weight
          path.removeLast()
          if !path.isEmpty { path[path.count - 1].weight += top.weight }
          continue
        }
        path[path.count - 1].next += 1
        let child = children[top.next]
        switch weights[Int(child)] {
        case -1:
          throw failure(
            .referenceLoop, at: child, "A reference leads back to this subschema for the same value.")
        case 0:
          weights[Int(child)] = -1
          path.append((child, 0, 1))
        case let known:
          path[path.count - 1].weight += known
        }
        if let weight = path.last?.weight, weight > options.limits.branches {
          throw failure(
            .tooManyBranches, at: top.node,
            "One value would have to pass more than \(options.limits.branches) subschemas.")
        }
      }
    }
  }
}

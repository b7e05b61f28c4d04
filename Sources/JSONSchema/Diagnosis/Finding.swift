import JSONCodec

/// One keyword that a value fails, with what stands behind the failure.
struct Finding {
  var keyword: Keyword
  /// The subschema the keyword belongs to.
  var node: NodeID
  /// Index of the value on the tape; of the object or array, for what is wrong with its members.
  var instance: Int
  /// From the root schema to the keyword, through references.
  var path: [String]
  var problem: Problem
  var causes: [Finding] = []

  /// What is wrong, with what a message needs to say it.
  enum Problem {
    /// The causes say it.
    case applied
    case wrongType
    case neverValid
    case notListed(PlanEnumeration)
    case bound(PlanBound)
    case length(UInt32)
    case pattern(UInt32)
    case format(StringFormat)
    case repeatedItem(Int)
    case tooFewContained(found: Int, least: UInt32)
    case tooManyContained(most: UInt32)
    case missing([PlanKey], becauseOf: PlanKey?)
    /// Index of the key on the tape, and the names that are known at this place.
    case unknownProperty(key: Int, known: [String])
    case unknownItem(Int)
    case badName(key: Int)
    case noBranch
    case severalBranches([Int])
    case excluded
    case beyondLimit
  }
}

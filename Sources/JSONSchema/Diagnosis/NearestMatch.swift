/// The candidate that `word` most probably was meant to be: as few insertions, deletions, replacements and swaps of
/// neighbours as possible, and no more than a third of its letters. Letter case counts for nothing.
package func nearestMatch(to word: String, in candidates: some Sequence<String>) -> String? {
  // Beyond this nobody mistypes one name for another, and the comparison takes time in proportion to the square.
  let longest = 64
  let wanted = Array(word.lowercased().unicodeScalars.prefix(longest + 1))
  guard !wanted.isEmpty, wanted.count <= longest else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates.prefix(1000) {
    let letters = Array(candidate.lowercased().unicodeScalars.prefix(longest + 1))
    guard letters.count <= longest else { continue }
    let shorter = min(wanted.count, letters.count)
    let allowed = min(max(1, shorter / 3), (best?.distance ?? .max) - 1)
    guard abs(letters.count - wanted.count) <= allowed else { continue }
    let distance = editDistance(wanted, letters)
    // One letter of one, or two of two, make a different word.
    guard distance <= allowed, distance == 0 || distance < shorter else { continue }
    best = (candidate, distance)
    if distance == 0 { break }
  }
  return best?.candidate
}

/// Damerau-Levenshtein, restricted: no letter is changed twice.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1] + Array(repeating: 0, count: b.count)
    for j in 0..<b.count {
      let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
      current[j + 1] = min(replaced, last[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        current[j + 1] = min(current[j + 1], beforeLast[j - 1] + 1)
      }
    }
    (beforeLast, last) = (last, current)
  }
  return last[b.count]
}

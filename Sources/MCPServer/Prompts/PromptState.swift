import Locking
package import ToolContracts

/// The prompts that there are now. Readers take them whole and never see half of a change.
package final class PromptState: PromptSource {
  private let current = Lock<PromptTemplates>(PromptTemplates([]))

  package init() {}

  /// - Parameter next: nil: none.
  package func swap(to next: PromptTemplates?) {
    current.withLock { $0 = next ?? PromptTemplates([]) }
  }

  package func prompts(for principal: Principal) -> [Prompt] {
    current.withLock { $0 }.prompts(for: principal)
  }

  package func messages(
    of name: String, arguments: [String: String], for principal: Principal
  ) -> [PromptMessage] {
    current.withLock { $0 }.messages(of: name, arguments: arguments, for: principal)
  }
}

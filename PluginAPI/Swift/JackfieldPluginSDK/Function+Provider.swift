/// The functions of a provider.
extension Function {
  public static func chat<C: ChatProvider>(_ make: @escaping @Sendable (P) -> C) -> Function {
    Function(declaration: .chat(C.self, mayPend: false)) { plugin in
      let provider = make(plugin)
      return .immediate { context, arguments in
        let request = try JSONCoding.arguments(ChatRequest.self, from: arguments)
        let stream = ChatStream(context)
        let answer = try reporting(request.form) { try provider.respond(to: request, stream: stream) }
        stream.flush()
        return try JSONCoding.answer(answer.inForm(request.form))
      }
    }
  }

  public static func chat<C: AsyncChatProvider>(_ make: @escaping @Sendable (P) -> C) -> Function {
    Function(declaration: .chat(C.self, mayPend: true)) { plugin in
      let provider = make(plugin)
      return .pending { context, arguments in
        let request = try arguments.withUnsafeBytes { try JSONCoding.arguments(ChatRequest.self, from: $0) }
        let stream = ChatStream(context)
        let answer: ChatAnswer
        do { answer = try await provider.respond(to: request, stream: stream) } catch {
          throw reported(error, form: request.form)
        }
        stream.flush()
        return try JSONCoding.bytes(of: answer.inForm(request.form))
      }
    }
  }

  /// Texts into vectors, as a function named "embed".
  public static func embed<E: EmbedProvider>(_ make: @escaping @Sendable (P) -> E) -> Function {
    Function(declaration: .embed(E.self)) { plugin in
      let provider = make(plugin)
      return .immediate { context, arguments in
        let request = try JSONCoding.arguments(EmbedRequest.self, from: arguments)
        return try JSONCoding.answer(
          reporting(request.form ?? 1) { try provider.embed(request, context: context) })
      }
    }
  }

  /// The models that a provider has, as a function named "models".
  public static func models(_ list: @escaping @Sendable (P) -> [ChatModel]) -> Function {
    models(asking: { plugin, _ in list(plugin) })
  }

  /// The models that a provider has, where somebody else has to be asked for them.
  ///
  /// - Parameter list: may block until its deadline, and throws `ProviderError` or `ProviderFailure`.
  public static func models(
    asking list: @escaping @Sendable (P, CallContext) throws -> [ChatModel]
  ) -> Function {
    Function(declaration: .models) { plugin in
      .immediate { context, arguments in
        let request = try JSONCoding.arguments(ModelsRequest.self, from: arguments)
        return try JSONCoding.answer(
          ModelList(models: reporting(request.form ?? 1) { try list(plugin, context) }))
      }
    }
  }
}

private func reporting<T>(_ form: Int, _ body: () throws -> T) throws -> T {
  do { return try body() } catch { throw reported(error, form: form) }
}

private func reported(_ error: any Error, form: Int) -> any Error {
  if let failure = error as? ProviderFailure { ReportedFailure(failure, form: form) } else { error }
}

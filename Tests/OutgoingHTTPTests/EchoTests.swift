import Testing
import ToolContracts

@testable import OutgoingHTTP

/// A secret that its server sends back.
struct EchoTests {
  private let key = "sk-0123456789abcdef"
  private let covered = String(repeating: "*", count: 19)
  private let withSecret = #","headers":[["Authorization","Bearer ${secret:KEY}"]]"#

  @Test func aSecretThatTheServerSendsBackIsCoveredInHeadAndBody() async throws {
    let network = try await HTTPExchanges.start()
    let service = network.service(secrets: ["KEY": key])
    let said = await network.fetch(service, "/", more: withSecret)
    #expect(said.body.contains("Authorization: Bearer \(covered)\n"))
    #expect(!said.body.contains(key))
    // The server is what shows that it was sent: it says it in a header of its own, one byte at a time and where a
    // redirect leads.
    for path in ["/told", "/told_by_bytes", "/told_in_redirect"] {
      let told = await network.fetch(service, path, more: withSecret)
      #expect(told.status == .ok)
      #expect(
        told.head.contains("Bearer \(covered)") || told.body.contains("Bearer \(covered)"), "\(path): \(told)"
      )
      #expect(!told.head.contains("0123456789") && !told.body.contains("0123456789"), "\(path): \(told)")
    }
  }

  @Test func aRequestWithoutTheSecretIsAnsweredAsTheServerSays() async throws {
    let network = try await HTTPExchanges.start()
    let service = network.service(secrets: ["KEY": key])
    #expect(await network.fetch(service, "/", more: #","method":"POST""#, body: key).body.contains(key))
  }

  @Test func atEveryCutTheSameIsCovered() throws {
    var mask = SecretMask()
    mask.add(try #require(secret("abcabcabd")))
    let texts = [
      "abcabcabd": "*********", "abcabcabcabd": "abc*********", "abcabcab": "abcabcab",
      "abcabcabdabcabcabd": "******************", "xabcabcabdy abca": "x*********y abca",
    ]
    for (text, expected) in texts {
      let bytes = Array(text.utf8)
      for first in 0...bytes.count {
        for second in first...bytes.count {
          var buffer = BodyBuffer()
          var got: [UInt8] = []
          for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
            Array(piece).withUnsafeBytes { buffer.append($0, covering: mask) }
            got += buffer.take(atMost: .max)
          }
          buffer.end()
          got += buffer.take(atMost: .max)
          #expect(String(decoding: got, as: UTF8.self) == expected, "cut at \(first) and \(second)")
        }
      }
    }
  }

  @Test func whatCannotBecomeTheSecretWaitsForNothing() throws {
    var mask = SecretMask()
    mask.add(try #require(secret("sk-0123456789")))
    var buffer = BodyBuffer()
    Array("data: {}\n\n".utf8).withUnsafeBytes { buffer.append($0, covering: mask) }
    #expect(buffer.count == 10)
  }

  @Test func whatIsTooShortToBeToldFromOtherWordsIsNotCovered() throws {
    var mask = SecretMask()
    mask.add(try #require(secret("the word".dropLast().description)))
    #expect(mask.isEmpty)
  }
}

internal import Gemini
internal import JackfieldPluginSDK
public import PluginABI

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? {
  GeminiPlugin.table(hostABI)
}

import CPluginLoading

/// The version of the plugin ABI that this host offers: "1.1".
package let hostABI = "\(plugin_host_abi() >> 16).\(plugin_host_abi() & 0xffff)"

// NativePlugins

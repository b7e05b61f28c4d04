// ToolRegistry

// ToolContracts

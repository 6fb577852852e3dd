"""The procedural engine: physically informed rules that drive the native synthesiser. No model, no samples."""

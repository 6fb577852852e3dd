"""Built-in bridges: doors that translate a protocol into commands and notices back into it."""

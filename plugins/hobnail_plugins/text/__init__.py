"""Words as conditioning tokens: a tokeniser and a static table, without a network."""

"""The adaptive hybrid transformer: Hobnail's neural engine, its network and what it is made of."""

"""The presets that come with Hobnail, one TOML file each."""

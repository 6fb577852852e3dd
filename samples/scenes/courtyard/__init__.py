"""The set pieces of the courtyard scene; ``record_courtyard.py`` runs them and writes the trace."""

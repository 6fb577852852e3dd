"""What is in a corpus, to look at: counts, hours, materials, levels, licences, and 48 spectrograms."""

from hobnail_trainer.corpus.report.page import write_report
from hobnail_trainer.corpus.report.tables import Tables, tabulate

__all__ = ["Tables", "tabulate", "write_report"]

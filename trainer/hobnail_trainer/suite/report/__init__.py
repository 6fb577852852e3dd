"""The report as files: ``report.html``, which needs nothing else, ``report.png`` and ``report.json``."""

from hobnail_trainer.suite.report.write import write_report

__all__ = ["write_report"]

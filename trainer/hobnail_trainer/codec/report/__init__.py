"""The report on a codec: the ladder, tables by category and material, the worst clips, latents, and speed."""

from hobnail_trainer.codec.model import Report
from hobnail_trainer.codec.report.build import Request, build_report
from hobnail_trainer.codec.report.write import write_report

__all__ = ["Report", "Request", "build_report", "write_report"]

"""The paper's tables, claimed beside measured, at a small stated scale. Rules were written before any run."""

from hobnail_trainer.reproduce.build import TABLES, Sources, reproduce
from hobnail_trainer.reproduce.model import Outcome
from hobnail_trainer.reproduce.page import write_page
from hobnail_trainer.reproduce.registry import Registry

__all__ = ["TABLES", "Outcome", "Registry", "Sources", "reproduce", "write_page"]

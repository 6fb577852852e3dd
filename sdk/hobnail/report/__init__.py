"""The report of a replay: what was heard, how late, at what cost; as JSON, as a table and as a picture."""

from hobnail.report.analysis import analyse, expected_frame
from hobnail.report.clearness import calm_moments, clear_events
from hobnail.report.clicks import find_clicks
from hobnail.report.evidence import Evidence, Recording
from hobnail.report.figures import Spread, spread_of
from hobnail.report.hearing import BandEnergies, chance_share
from hobnail.report.levels import Levels, levels_of
from hobnail.report.matching import Matcher
from hobnail.report.model import DemoReport, EventCounts, EventLine, Goal, read_report, write_report
from hobnail.report.picture import draw_picture
from hobnail.report.table import print_report, report_table
from hobnail.report.usage import Usage, UsageMeter

__all__ = [
    "BandEnergies",
    "DemoReport",
    "EventCounts",
    "EventLine",
    "Evidence",
    "Goal",
    "Levels",
    "Matcher",
    "Recording",
    "Spread",
    "Usage",
    "UsageMeter",
    "analyse",
    "calm_moments",
    "chance_share",
    "clear_events",
    "draw_picture",
    "expected_frame",
    "find_clicks",
    "levels_of",
    "print_report",
    "read_report",
    "report_table",
    "spread_of",
    "write_report",
]

"""Pictures of a forecast: from the published document to Vega-Lite, and from Vega-Lite to SVG and PNG."""

from forecast.charts.card import card_chart
from forecast.charts.course import course_chart
from forecast.charts.drawing import draw_charts, write_chart
from forecast.charts.margin import margin_chart
from forecast.charts.swing import swing_chart

__all__ = ["card_chart", "course_chart", "draw_charts", "margin_chart", "swing_chart", "write_chart"]

"""One static page: each store's last closed day, incidents, coverage, glossary.

spark  eight weeks as a line of SVG
page   what the page shows, put into words, written in one step
"""

from storepulse.report.page import write

__all__ = ["write"]

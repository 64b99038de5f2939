"""One static page: each store's last closed day, incidents, coverage, glossary.

spark     eight weeks as a line of SVG
glossary  every KPI with its definition
page      the content of the page, in words, written in one step
pages     how every static page is made; `data_docs` has its own
"""

from storepulse.report.page import write

__all__ = ["write"]

"""Data Docs: one page per feed, and Great Expectations' own page of each of its newest windows.

validated_windows  windows and the results of their validation, read from landing
volumes            rows per day and completeness of feeds, read from the published marts
bars               a month of days as a small bar chart
feed_page          the values that one feed's page shows, formatted
gx_pages           Great Expectations' page of one window, without outside resources
site               which pages there are, and which of them have to be rendered again
"""

from storepulse.report.data_docs.site import write

__all__ = ["write"]

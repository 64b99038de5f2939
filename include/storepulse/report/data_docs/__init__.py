"""Data Docs: one page per feed, and Great Expectations' own page of each of its newest windows.

judged     windows and the results of their validation, read from landing
volumes    rows a day and how far feeds reach, read from the published marts
bars       a month of days as a small drawing
feed_page  what one feed's page shows, put into words
gx_pages   Great Expectations' page of one window, without anything from elsewhere
site       which pages there are, and which of them have to be rendered again
"""

from storepulse.report.data_docs.site import write

__all__ = ["write"]

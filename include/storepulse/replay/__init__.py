"""Reprocess what was left out: quarantined rows on request, missing windows automatically."""

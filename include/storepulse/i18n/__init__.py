"""Numbers and incidents in words, in Chinese and English."""

from storepulse.i18n.formats import Wording
from storepulse.i18n.sentences import (
    context_sentences,
    data_fault_sentences,
    headline,
    not_ready_sentences,
    place_of,
    sentences,
    subject,
    tag,
    thread_sentence,
    worse_sentences,
)

__all__ = [
    "Wording",
    "context_sentences",
    "data_fault_sentences",
    "headline",
    "not_ready_sentences",
    "place_of",
    "sentences",
    "subject",
    "tag",
    "thread_sentence",
    "worse_sentences",
]

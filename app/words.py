"""Loads every domain package's words into the heart: imported once by each way in."""

from app.batches import words as batches
from app.experts import words as experts
from app.notices import words as notices
from app.publications import words as publications
from app.titles import words as titles

LOADED = (batches, experts, notices, publications, titles)

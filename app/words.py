"""Loads every domain package's words into the heart: imported once by each way in."""

from app.appointments import words as appointments
from app.batches import words as batches
from app.changes import words as changes
from app.evaluations import words as evaluations
from app.experts import words as experts
from app.notices import words as notices
from app.obligations import words as obligations
from app.publications import words as publications
from app.renewals import words as renewals
from app.sanctions import words as sanctions
from app.surveys import words as surveys
from app.titles import words as titles

LOADED = (
    appointments, batches, changes, evaluations, experts, notices, obligations, publications, renewals, sanctions,
    surveys, titles,
)

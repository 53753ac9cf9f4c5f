"""All tables in one place, for migrations and for tests that compare them with the models."""

from app.appointments import models as appointments
from app.audit import models as audit
from app.batches import models as batches
from app.calendars import models as calendars
from app.cases import clock_models as clocks
from app.cases import models as cases
from app.cases import move_models as moves
from app.changes import models as changes
from app.db import Base
from app.documents import models as documents
from app.evaluations import models as evaluations
from app.experts import models as experts
from app.notices import models as notices
from app.obligations import models as obligations
from app.outbox import models as outbox
from app.people import models as people
from app.programmes import models as programmes
from app.publications import models as publications
from app.reminders import models as reminders
from app.renewals import models as renewals
from app.sanctions import models as sanctions
from app.titles import models as titles

PACKAGES = (
    appointments, audit, batches, calendars, cases, changes, clocks, documents, evaluations, experts, moves, notices,
    obligations, outbox, people, programmes, publications, reminders, renewals, sanctions, titles,
)
metadata = Base.metadata

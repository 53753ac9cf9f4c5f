"""All tables in one place, for migrations and for tests that compare them with the models."""

from app.audit import models as audit
from app.batches import models as batches
from app.calendars import models as calendars
from app.cases import clock_models as clocks
from app.cases import models as cases
from app.cases import move_models as moves
from app.db import Base
from app.documents import models as documents
from app.experts import models as experts
from app.notices import models as notices
from app.outbox import models as outbox
from app.people import models as people
from app.programmes import models as programmes
from app.publications import models as publications
from app.reminders import models as reminders
from app.titles import models as titles

PACKAGES = (
    audit, batches, calendars, cases, clocks, documents, experts, moves, notices, outbox, people, programmes,
    publications, reminders, titles,
)
metadata = Base.metadata

"""Forms: one JSON says what is asked, and one validator serves page, import and draft."""

from app.formschema.fields import Condition, Field, FigureDefinition, Option
from app.formschema.figures import Figure
from app.formschema.form import Column, Form, Sheet, check_form, read_form
from app.formschema.problems import Problem

__all__ = [
    "Column",
    "Condition",
    "Field",
    "Figure",
    "FigureDefinition",
    "Form",
    "Option",
    "Problem",
    "Sheet",
    "check_form",
    "read_form",
]

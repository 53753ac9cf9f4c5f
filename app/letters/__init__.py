"""文书: Word templates with named fields, filled without running anything, and the same text as PDF. A machine.

A field is `{{申报单位}}`. A row of a table whose fields have a dot (`{{补正事项.内容}}`) is repeated for each item of
that list; `{{补正事项.序号}}` numbers them. There is nothing else: no condition, no loop, no expression, no Word field
code but page numbers. A template holds no macro, no embedded object and no link to anything outside.
"""

from app.letters.package import Unfit
from app.letters.printing import pdf
from app.letters.reading import Block, Paragraph, Table, read
from app.letters.template import Problem, check, fields, fill

__all__ = ["Block", "Paragraph", "Problem", "Table", "Unfit", "check", "fields", "fill", "pdf", "read"]

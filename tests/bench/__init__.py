"""`make bench`: what a completion, a timer, a page and a deadline cost here, beside the bare library on a raw driver.

`python -m tests.bench [--quick] [--only NAME]`; docs/performance.md says what each figure is and what was measured.
"""

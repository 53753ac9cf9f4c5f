"""The rules of the checker, a module for each thing that a diagram can get wrong; `app.engine.checker` runs them."""

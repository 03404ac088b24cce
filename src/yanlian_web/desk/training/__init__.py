"""Training data: an invented story of thirty months, loaded and removed as a whole.

Its companies, people, promises and sums are made up; only the gaps are real, because
they are the office's own. Everything is written by the actions of the desk themselves,
each on its own past day counted back from the day of loading, so that what is overdue
and what happens today is so whenever it is loaded.
"""

from yanlian_web.desk.training.loading import training_load
from yanlian_web.desk.training.removing import training_remove
from yanlian_web.desk.training.sourced import sourced_load

__all__ = ["sourced_load", "training_load", "training_remove"]

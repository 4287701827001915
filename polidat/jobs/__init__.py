"""Background work: queue, progress, cancel."""

from polidat.jobs.progress import Cancelled, Progress, unheard

__all__ = ["Cancelled", "Progress", "unheard"]

"""Pages of long lists: a cursor names the last thing seen."""

from polidat.core.errors import Invalid


class NoSuchPlace(Invalid):
    """A cursor that names nothing of the list it is for."""

    def __init__(self) -> None:
        super().__init__("This names no place in the list. Take it from the page before, or begin without one.")

"""What can stop an upload or a commit.

Invalid
├── EmptyUpload
└── BadFileName
TooMuch
└── UploadTooLarge
NotFound
├── NoSuchDataset
└── NoSuchUpload
Conflict
└── SlugTaken
"""

from polidat.core import Conflict, Invalid, NotFound, TooMuch


class EmptyUpload(Invalid):
    """Not one byte came."""

    def __init__(self) -> None:
        super().__init__("The upload is empty. Choose at least one file that has something in it.")


class BadFileName(Invalid):
    """The name could lead out of the upload's folder, or names no file."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name[:80]}” cannot be used as a file name. Rename the file and send it again.")


class UploadTooLarge(TooMuch):
    """More bytes than the marketplace takes."""

    def __init__(self, bytes_max: int) -> None:
        size = f"{bytes_max / 1e9:.1f} GB" if bytes_max >= 1e8 else f"{bytes_max / 1e6:.1f} MB"
        super().__init__(f"The upload is larger than {size}, the most we take at once. Split or compress it.")


class NoSuchDataset(NotFound):
    """No dataset has this id, or this person may not see it."""

    def __init__(self) -> None:
        super().__init__("There is no such dataset, or you may not see it.")


class NoSuchUpload(NotFound):
    """No upload has this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such upload, or it is not yours.")


class SlugTaken(Conflict):
    """The store has another dataset under this name."""

    def __init__(self, title: str) -> None:
        super().__init__(f"Your store already has a dataset called “{title}”. Upload a new version of it instead.")

"""What can stop a sign-in.

NotSignedIn
├── SignInRequired
└── BadSignInLink
"""

from polidat.core import NotSignedIn


class SignInRequired(NotSignedIn):
    """Nobody is signed in where somebody must be."""

    def __init__(self, to_do: str = "go on") -> None:
        super().__init__(f"Please sign in to {to_do}.")


class BadSignInLink(NotSignedIn):
    """The link was used, is too old, or was never sent."""

    def __init__(self) -> None:
        super().__init__("This sign-in link was used already or is older than 15 minutes. Ask for a new one.")

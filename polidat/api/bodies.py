"""What every request body has in common."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A request body, or a part of one. A field it does not know is 422: a misspelt price must not be left out."""

    model_config = ConfigDict(extra="forbid")

"""The API reference says what the API does."""

from pathlib import Path

from scripts.api_reference import reference


def test_the_api_reference_is_the_one_of_this_api():
    kept = (Path(__file__).parents[2] / "docs" / "api.md").read_text()

    assert kept == reference(), "run `make api-reference`"
    assert "### `PATCH /v1/subscriptions/{subscription_id}`" in kept

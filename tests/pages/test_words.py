"""Words of people on pages."""

import pytest

from pages.parts.words import plain


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("Polls 2023, by state: all", "Polls 2023, by state: all"),
        ("[Pay here](https://evil.example)", r"\[Pay here\](https\://evil.example)"),
        ("![](//evil.example/p.png)", r"!\[\](//evil.example/p.png)"),
        ("www.evil.example and 5 $ * 2_000", r"www\.evil.example and 5 \$ \* 2\_000"),
        ("<b> `x` \\ :red[x]", r"\<b\> \`x\` \\ :red\[x\]"),
    ],
)
def test_what_somebody_wrote_is_drawn_as_it_is(words, drawn):
    assert plain(words) == drawn

"""Words of questions and names of columns, brought to a common form."""

import re

# Words that carry no condition: leaving one out changes nothing about the answer.
_FILLERS = (
    "a an the of in on at by for from to is are was were be been do does did there here it its this that these",
    "those what which who how many much have has had show me give tell list all each every per and with please",
    "number count total sum average mean median minimum maximum min max lowest highest most least fewest more",
    "less than top bottom largest smallest biggest group grouped different distinct unique data dataset table",
    "rows row records record entries entry any across overall taken find out get between after before since",
    "until over under above below greater during year years about say said",
)
FILLERS = frozenset(word for line in _FILLERS for word in line.split())
SYNONYMS = {
    "sale": "quantity", "sold": "quantity", "item": "description", "product": "description", "price": "unit_price",
    "trump": "votes_gop", "republican": "votes_gop", "republicans": "votes_gop", "gop": "votes_gop",
    "democrat": "votes_dem", "democrats": "votes_dem", "democratic": "votes_dem", "biden": "votes_dem",
    "vote": "total_votes", "votes": "total_votes", "method": "methodology", "sample": "samplesize", "place": "location",
}  # fmt: skip


def stem(word: str) -> str:
    """Return the word without a plural's ending: "counties" and "county" are one."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def words_of(text: str) -> list[str]:
    """Return the lower-case words and numbers of a text, in order."""
    return re.findall(r"[a-z0-9_]+(?:['’][a-z]+)?", text.lower())


def parts_of(column: str) -> list[str]:
    """Return the stemmed words a column's name is made of."""
    return [stem(each) for each in re.split(r"[_\W]+", column.lower()) if each]

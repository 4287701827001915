"""Long lists page by page: `limit` and `after`, and where the next page is in the `Link` header."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response

from polidat.core import NoSuchPlace

_T = TypeVar("_T")
LIMIT_MAX = 100
_LIMIT = 50


class Page:
    """The page of a list that was asked for."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = _LIMIT,
        after: Annotated[str, Query(max_length=120)] = "",
    ) -> None:
        self._url, self._headers = request.url, response.headers
        self.limit, self.after = limit, after

    @property
    def one_more(self) -> int:
        """How many rows to read, to know whether there is a next page."""
        return self.limit + 1

    def cut(self, rows: Sequence[_T], key: Callable[[_T], object]) -> Sequence[_T]:
        """Return the page of rows that begin after the cursor, one more than it holds; `key` names a row."""
        shown = rows[: self.limit]
        if len(rows) > self.limit:
            # only the query, because the address before it may be a proxy's; what was skipped is before the cursor
            base = self._url.remove_query_params("offset")
            query = base.include_query_params(limit=self.limit, after=key(shown[-1])).query
            self._headers["Link"] = f'<?{query}>; rel="next"'
        return shown

    def of(self, rows: Sequence[_T], key: Callable[[_T], object]) -> Sequence[_T]:
        """Return the page of all rows there are. Raises NoSuchPlace for a cursor that is none of them."""
        start = 0
        if self.after:
            names = [str(key(each)) for each in rows]
            if self.after not in names:
                raise NoSuchPlace
            start = names.index(self.after) + 1
        return self.cut(rows[start : start + self.one_more], key)


ThePage = Annotated[Page, Depends(Page)]

"""SQL over what one may see: checked, run in a process of its own, cut off at its limits."""

from polidat.query.errors import (
    FunctionNotAllowed,
    NotOneSelect,
    NotUnderstood,
    PhraseNotAllowed,
    QueryFailed,
    QueryLost,
    QueryNeedsTooMuchMemory,
    QueryRoomClosed,
    QueryTooDeep,
    QueryTookTooLong,
    QueryTooLong,
    TableNotGranted,
    TableOutOfReach,
    TooManyQueries,
)
from polidat.query.guard import CheckedSelect, check_select
from polidat.query.limits import QueryLimits
from polidat.query.listings import (
    DownloadsRest,
    NotBought,
    may_download,
    most_of_query,
    my_tables,
    note_download,
    query_listing,
    sample_listing,
)
from polidat.query.pool import QueryPool
from polidat.query.results import QueryResult, as_csv, as_parquet
from polidat.query.run import TableDescription, describe_tables, run_select
from polidat.query.stream import ResultStream, stream_select

__all__ = [
    "CheckedSelect",
    "DownloadsRest",
    "FunctionNotAllowed",
    "NotBought",
    "NotOneSelect",
    "NotUnderstood",
    "PhraseNotAllowed",
    "QueryFailed",
    "QueryLimits",
    "QueryLost",
    "QueryNeedsTooMuchMemory",
    "QueryPool",
    "QueryResult",
    "QueryRoomClosed",
    "QueryTooDeep",
    "QueryTooLong",
    "QueryTookTooLong",
    "ResultStream",
    "TableDescription",
    "TableNotGranted",
    "TableOutOfReach",
    "TooManyQueries",
    "as_csv",
    "as_parquet",
    "check_select",
    "describe_tables",
    "may_download",
    "most_of_query",
    "my_tables",
    "note_download",
    "query_listing",
    "run_select",
    "sample_listing",
    "stream_select",
]

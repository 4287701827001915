"""Reports: the movements of a balance over some time, as a file. Source: docs.stripe.com/reports/report-types.

Two of the many types are played, with their usual columns. The answer to `create` says `pending`; the file is next.
"""

import csv
import io
from datetime import UTC, datetime
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import digits_of
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.files.store import keep_content, show_file
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, list_of
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import PLATFORM, Row

RUN: Final = "reporting.report_run"
TYPE: Final = "reporting.report_type"
_COLUMNS: Final = (
    "balance_transaction_id", "created_utc", "available_on_utc", "currency", "gross", "fee", "net",
    "reporting_category", "source_id", "description",
)  # fmt: skip
_TYPES: Final = {
    "balance_change_from_activity.itemized.3": "Itemized balance change from activity",
    "connected_account_balance_change_from_activity.itemized.3": "Itemized balance change from activity of an account",
}


def _type_body(call: Call, type_id: str) -> Body:
    first = call.tx.sql("SELECT min(created) AS first FROM objects WHERE kind = 'balance_transaction'")[0]["first"]
    return {
        "id": type_id,
        "object": TYPE,
        "data_available_end": call.now,
        "data_available_start": first or call.now,
        "default_columns": list(_COLUMNS),
        "livemode": False,
        "name": _TYPES[type_id],
        "updated": call.now,
        "version": 3,
    }


def retrieve_type(call: Call, params: Body, type_id: str) -> Body:
    """Give one type of report."""
    del params
    if type_id not in _TYPES:
        raise missing("report type", type_id, param="report_type")
    return _type_body(call, type_id)


def list_types(call: Call, params: Body) -> Body:
    """Give the types of reports that are played."""
    del params
    return whole_list("/v1/reporting/report_types", [_type_body(call, each) for each in _TYPES])


def create_run(call: Call, params: Body) -> Body:
    """Run a report over an interval; its file is there with the next look."""
    type_id, asked = params["report_type"], params.get("parameters", {})
    if type_id not in _TYPES:
        raise not_built(f"the report {type_id[:80]}")
    for name in ("interval_start", "interval_end"):
        if name not in asked:
            param = f"parameters[{name}]"
            raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    if asked["interval_end"] <= asked["interval_start"]:
        raise invalid("The interval ends before it starts.", param="parameters[interval_end]")
    account = _account(call, type_id, asked)
    body: Body = {
        **nothing_of(RUN),
        "created": call.now,
        "livemode": False,
        "parameters": asked,
        "report_type": type_id,
        "status": "pending",
    }
    row = call.add(RUN, body)
    shown = dict(row.body)
    file = _file(call, row, _rows(call, account, asked))
    row.body.update(status="succeeded", succeeded_at=call.now)
    row.hidden["file"] = file.id
    call.tx.save(row)
    emit(call, "reporting.report_run.succeeded", _show(call, row), account=call.account)
    return shown


def _account(call: Call, type_id: str, asked: Body) -> str:
    if not type_id.startswith("connected_account_"):
        return call.account
    if call.account != PLATFORM or "connected_account" not in asked:
        raise invalid("Missing required param: parameters[connected_account].", param="parameters[connected_account]",
                      code="parameter_missing")  # fmt: skip
    return find(call, "account", asked["connected_account"], param="parameters[connected_account]", status=400).id


def _rows(call: Call, account: str, asked: Body) -> list[Row]:
    where = "account = ? AND created >= ? AND created < ? AND body ->> '$.reporting_category' NOT LIKE 'payout%'"
    values: list[Any] = [account, asked["interval_start"], asked["interval_end"]]
    for name in ("currency", "reporting_category"):
        if name in asked:
            where += f" AND body ->> '$.{name}' = ?"
            values.append(asked[name])
    return call.tx.find("balance_transaction", where, values)


def _file(call: Call, run: Row, rows: list[Row]) -> Row:
    columns = run.body["parameters"].get("columns") or list(_COLUMNS)
    if strangers := [each for each in columns if each not in _COLUMNS]:
        raise invalid(f"Unknown columns: {', '.join(strangers)}", param="parameters[columns]")
    text = io.StringIO()
    out = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    out.writerows(_cells(row.body) for row in rows)
    return keep_content(call, text.getvalue().encode(), f"{run.id}.csv", "finance_report_run", "csv")


def _cells(body: Body) -> dict[str, Any]:
    return {
        "balance_transaction_id": body["id"],
        "created_utc": _moment(body["created"]),
        "available_on_utc": _moment(body["available_on"]),
        "currency": body["currency"],
        **{name: _whole(amount, body["currency"]) for name, amount in
           (("gross", body["amount"]), ("fee", body["fee"]), ("net", body["net"]))},
        "reporting_category": body["reporting_category"],
        "source_id": body["source"],
        "description": body["description"] or "",
    }  # fmt: skip


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _whole(amount: int, currency: str) -> str:
    """Reports have amounts in whole units, unlike the API."""
    digits = digits_of(currency)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{size // 10**digits}" + (f".{size % 10**digits:0{digits}d}" if digits else "")


def _show(call: Call, row: Row) -> Body:
    file = call.tx.get(row.hidden.get("file", ""), "file")
    return {**row.body, "result": show_file(call, file) if file is not None else None}


def retrieve_run(call: Call, params: Body, run_id: str) -> Body:
    """Give one run, with its file when it is done."""
    del params
    return _show(call, find(call, RUN, run_id, noun="report run", param="report_run"))


_PARAMETERS = {
    "interval_start": ANY, "interval_end": ANY, "currency": ANY, "reporting_category": ANY, "columns": ANY,
    "connected_account": ANY,
}  # fmt: skip
_URL = "/v1/reporting"
OPERATIONS = {
    f"GET {_URL}/report_types": Operation(list_types),
    f"GET {_URL}/report_types/{{report_type}}": Operation(retrieve_type),
    f"POST {_URL}/report_runs": Operation(create_run, {"report_type": ANY, "parameters": _PARAMETERS}),
    f"GET {_URL}/report_runs": Operation(list_of(RUN, f"{_URL}/report_runs", show=_show), DATED),
    f"GET {_URL}/report_runs/{{report_run}}": Operation(retrieve_run),
}

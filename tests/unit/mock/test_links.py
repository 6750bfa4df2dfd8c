"""The contract's links lead to operations that succeed, so that a tool can follow them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from mock_api import LEGAL, UNITS, Api

from mock_server.contract.document import Contract, Operation, default_path, load

SOURCES: Mapping[str, tuple[str, Any]] = {
    "createBusinessUnit": (UNITS, {"name": "Sales EMEA"}),
    "assignTeamToBusinessUnit": (f"{UNITS}/{LEGAL}/teams", {"team_id": "team-data-science"}),
}


def _links(contract: Contract) -> Iterator[tuple[str, str]]:
    for item in contract.document["paths"].values():
        for method in item.keys() & {"get", "put", "post", "delete"}:
            for response in item[method]["responses"].values():
                yield from ((item[method]["operationId"], name) for name in response.get("links", ()))


def _node(contract: Contract, operation: Operation) -> Any:
    return contract.document["paths"][operation.path][operation.method.lower()]


def _value(expression: str, sent: Any, received: Any) -> str:
    """Return the value of a runtime expression of OpenAPI."""
    source, _, member = expression.partition("#/")
    values = {"$request.body": sent, "$response.body": received, "$request.path.id": LEGAL}
    return str(values[source][member] if member else values[source])


def _example(node: Any) -> Any:
    if "requestBody" not in node:
        return None
    return next(iter(node["requestBody"]["content"]["application/json"]["examples"].values()))["value"]


def test_only_links_that_cannot_lead_to_a_404_are_declared(contract: Contract) -> None:
    assert sorted(_links(contract)) == [
        ("assignTeamToBusinessUnit", "remove"),
        *(("createBusinessUnit", name) for name in ("delete", "governance", "read", "rename", "update")),
    ]


@pytest.mark.parametrize(("source", "name"), sorted(_links(load(default_path()))))
def test_a_link_leads_to_success(api: Api, contract: Contract, source: str, name: str) -> None:
    path, sent = SOURCES[source]
    answer = api.call("POST", path, json=sent)
    assert answer.status_code == 200
    link = _node(contract, contract.operations[source])["responses"]["200"]["links"][name]
    target = contract.operations[link["operationId"]]
    place = target.path
    for parameter, expression in link["parameters"].items():
        place = place.replace(f"{{{parameter.removeprefix('path.')}}}", _value(expression, sent, answer.json))
    body = _example(_node(contract, target))
    assert api.call(target.method, place, json=body).status_code == 200, place

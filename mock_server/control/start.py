"""What control does at the start of the mock."""

from __future__ import annotations

from pathlib import Path

from mock_server.api.request_reader import Breach
from mock_server.contract import yaml12
from mock_server.contract.document import Contract, load
from mock_server.contract.pointers import tokens_of
from mock_server.contract.validation import Validation
from mock_server.control.chaos import Chaos, check_rules
from mock_server.control.errors import ControlError
from mock_server.control.pipeline import DOCUMENT, refuse_breach
from mock_server.errors import StartError

_SCHEMA = "/paths/~1_mock~1chaos/put/requestBody/content/application~1json/schema"


def chaos_of_file(path: Path, contract: Contract) -> Chaos:
    """Return the rules of chaos in a YAML or JSON file.

    Raises:
        StartError: the file cannot be read or used; the message has line and place.
    """
    text, document = yaml12.read_file(path, "the rules in")
    try:
        for error in Validation(load(DOCUMENT)).errors(_SCHEMA, document):
            refuse_breach(Breach("body", *error))
        check_rules(document, set(contract.operations), can_deliver=True)
    except ControlError as refused:
        where = yaml12.where(text, tokens_of(refused.pointer or ""))
        raise StartError(f"the rules in {path} are not usable: {where}: {refused.message}") from None
    return Chaos(document)

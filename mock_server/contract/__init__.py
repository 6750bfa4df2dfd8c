"""The contract that the mock serves: the document, its operations, validators, statuses."""

from __future__ import annotations

from mock_server.contract.document import Contract, ContractError, load

__all__ = ["Contract", "ContractError", "load"]

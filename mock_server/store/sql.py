"""The transaction that the stores with SQL share.

A unit is one row with one document. Identifiers and names are kept as bytes in UTF-8, since a column of text accepts
neither every character in every database nor compares names exactly in every collation.

The position of a unit in the list is not stored, since a deletion would move all units after it. The table `counts`
has the number of units in each range of 64, 64**2, ... row numbers, so that a page is found with few reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Protocol

from mock_server.domain.model import BusinessUnit, Team
from mock_server.store.encoding import decode, encode
from mock_server.store.interface import CountedUnit, Page

_BITS = 6
_LEVELS = (1, 2, 3, 4)


class Rows(Protocol):
    """The result of a statement."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""


Execute = Callable[[str, Sequence[Any]], Rows]


def key(text: str) -> bytes:
    """Return a text as it is kept; any text has one form and no other text has the same."""
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes) -> str:
    return bytes(stored).decode("utf-8", "surrogatepass")


def _name_key(name: str) -> bytes:
    """Return a short key of a name, since some databases cannot index a long one."""
    return sha256(key(name)).digest()


class SqlTransaction:
    """The operations of a transaction as statements with `?` for parameters."""

    def __init__(self, execute: Execute, *, contains: str, lock: str = "") -> None:
        """Use a connection on which a transaction has begun.

        `contains` is the condition that a name contains a text; `lock` ends the statements that read rows to change.
        """
        self._execute, self._contains, self._lock = execute, contains, lock
        self._names: dict[str, str] = {}
        """The names of the units that were read, by identifier."""

    def unit(self, unit_id: str) -> BusinessUnit | None:
        """Return the unit, locked in a transaction that writes."""
        row = self._execute(f"SELECT doc FROM units WHERE id = ?{self._lock}", (key(unit_id),)).fetchone()  # noqa: S608
        if row is None:
            return None
        unit = decode(row[0])
        self._names[unit_id] = unit.name
        return unit

    def entry(self, unit_id: str) -> CountedUnit | None:
        """Return the unit and its number of teams."""
        row = self._execute(f"{_ENTRY} WHERE id = ?", (key(unit_id),)).fetchone()
        return None if row is None else CountedUnit(decode(row[0]), row[1])

    def page(self, search: str, offset: int, limit: int | None) -> Page:
        """Return a part of the list."""
        if search:
            return self._found(key(search.casefold()), offset, limit)
        top = self._execute("SELECT node, units FROM counts WHERE level = ? ORDER BY node", (_LEVELS[-1],)).fetchall()
        total: int = sum(units for _, units in top)
        if offset >= total or limit == 0:
            return Page([], total)
        first, skipped = self._place(top, offset)
        length = total if limit is None else min(limit, total)
        sql = f"{_ENTRY} WHERE seq >= ? ORDER BY seq LIMIT ? OFFSET ?"
        return Page(_entries(self._execute(sql, (first, length, skipped))), total)

    def _place(self, nodes: list[Any], offset: int) -> tuple[int, int]:
        """Return the row number at which the range with the unit at an offset starts, and its units before this one."""
        node = 0
        for level in reversed(_LEVELS):
            if level != _LEVELS[-1]:
                sql = "SELECT node, units FROM counts WHERE level = ? AND node BETWEEN ? AND ? ORDER BY node"
                nodes = self._execute(sql, (level, node << _BITS, (node << _BITS) + 63)).fetchall()
            for node, units in nodes:  # noqa: B007 - node is used after the loop
                if offset < units:
                    break
                offset -= units
        return node << _BITS, offset

    def _found(self, text: bytes, offset: int, limit: int | None) -> Page:
        total: int = self._execute(f"SELECT count(*) FROM units WHERE {self._contains}", (text,)).fetchone()[0]  # noqa: S608
        if offset >= total or limit == 0:
            return Page([], total)
        sql = f"{_ENTRY} WHERE {self._contains} ORDER BY seq LIMIT ? OFFSET ?"
        return Page(_entries(self._execute(sql, (text, total if limit is None else min(limit, total), offset))), total)

    def is_taken(self, name: str) -> bool:
        """Return whether a unit has the name."""
        return self._execute("SELECT 1 FROM units WHERE name_key = ?", (_name_key(name),)).fetchone() is not None

    def add_unit(self, unit: BusinessUnit) -> None:
        """Insert the unit and count it."""
        sql = "INSERT INTO units (id, name_key, folded, doc) VALUES (?, ?, ?, ?) RETURNING seq"
        values = (key(unit.id), _name_key(unit.name), key(unit.name.casefold()), encode(unit))
        [[seq]] = self._execute(sql, values).fetchall()
        self._count(seq, 1)

    def _count(self, seq: int, change: int) -> None:
        self._execute(_COUNT, [value for level in _LEVELS for value in (level, seq >> _BITS * level, change)])

    def update_unit(self, unit: BusinessUnit) -> None:
        """Replace the document, and the indexed columns if the name has changed."""
        if self._names.get(unit.id) == unit.name:
            self._execute("UPDATE units SET doc = ? WHERE id = ?", (encode(unit), key(unit.id)))
            return
        sql = "UPDATE units SET doc = ?, name_key = ?, folded = ? WHERE id = ?"
        self._execute(sql, (encode(unit), _name_key(unit.name), key(unit.name.casefold()), key(unit.id)))

    def delete_unit(self, unit_id: str) -> None:
        """Delete the row and count it no more."""
        [[seq]] = self._execute("DELETE FROM units WHERE id = ? RETURNING seq", (key(unit_id),)).fetchall()
        self._count(seq, -1)

    def team(self, team_id: str) -> Team | None:
        """Return the team, locked in a transaction that writes."""
        row = self._execute(f"{_TEAM} WHERE id = ?{self._lock}", (key(team_id),)).fetchone()
        return None if row is None else _team(row)

    def teams_of(self, unit_id: str) -> Sequence[Team]:
        """Return the teams of a unit, locked in a transaction that writes."""
        sql = f"{_TEAM} WHERE unit_id = ? ORDER BY seq{self._lock}"
        return [_team(row) for row in self._execute(sql, (key(unit_id),)).fetchall()]

    def put_team(self, team: Team) -> None:
        """Insert or replace the team."""
        sql = (
            "INSERT INTO teams (id, name, unit_id) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit_id = excluded.unit_id"
        )
        self._execute(sql, (key(team.id), key(team.name), None if team.unit_id is None else key(team.unit_id)))

    def all_teams(self) -> Sequence[Team]:
        """Return all teams in the order of creation."""
        return [_team(row) for row in self._execute(f"{_TEAM} ORDER BY seq", ()).fetchall()]

    def delete_team(self, team_id: str) -> None:
        """Delete the row."""
        self._execute("DELETE FROM teams WHERE id = ?", (key(team_id),))

    def clear(self) -> None:
        """Delete all rows."""
        for table in ("units", "teams", "counts"):
            self._execute(f"DELETE FROM {table}", ())  # noqa: S608 - the name is a constant


_COUNT = (
    "INSERT INTO counts (level, node, units) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?) "
    "ON CONFLICT (level, node) DO UPDATE SET units = counts.units + excluded.units"
)
_ENTRY = "SELECT doc, (SELECT count(*) FROM teams WHERE teams.unit_id = units.id) FROM units"
_TEAM = "SELECT id, name, unit_id FROM teams"


def _entries(rows: Rows) -> list[CountedUnit]:
    return [CountedUnit(decode(document), count) for document, count in rows.fetchall()]


def _team(row: Any) -> Team:
    return Team(_text(row[0]), _text(row[1]), None if row[2] is None else _text(row[2]))

"""Each store behaves like the others: state, pages, search, transactions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from mock_api import KEY

from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.contract.validation import Validation
from mock_server.domain.model import BusinessUnit, Team
from mock_server.seeds.examples import example_state
from mock_server.seeds.reader import SeedReader
from mock_server.seeds.state import replace_stored, stored
from mock_server.store import Store, Transaction, open_store

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def named(number: int, name: str = "") -> BusinessUnit:
    return BusinessUnit(f"bu-{number}", name or f"Unit {number}", NOW, NOW)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def fill(store: Store, count: int) -> None:
    def work(tx: Transaction) -> None:
        for number in range(count):
            tx.add_unit(named(number))

    store.run(work)


def page(store: Store, offset: int, limit: int | None = 3, search: str = "") -> tuple[list[str], int]:
    found = store.run(lambda tx: tx.page(search, offset, limit), reads_only=True)
    return [entry.unit.id for entry in found.entries], found.total


def first(tx: Transaction) -> BusinessUnit:
    """Return the first unit that `fill` created."""
    unit = tx.unit("bu-0")
    assert unit is not None
    return unit


def test_every_unit_of_the_demo_is_read_as_it_was_written(store_url: str, contract: Contract) -> None:
    state = example_state(SeedReader(contract, Validation(contract)), NOW, str)
    units, teams = state.units, state.teams
    store = open_store(store_url, lambda: (units, teams))
    assert [entry.unit for entry in store.run(lambda tx: tx.page("", 0, None)).entries] == units
    assert [store.run(lambda tx, one=one: tx.team(one.id)) for one in teams] == teams
    entry = store.run(lambda tx: tx.entry(units[0].id))
    assert entry == (units[0], sum(team.unit_id == units[0].id for team in teams))
    store.close()


@pytest.mark.parametrize(
    ("store_url", "kind"),
    [("memory", "memory"), ("sqlite", "file"), ("postgresql", "database")],
    indirect=["store_url"],
)
def test_control_shows_the_kind_of_the_store(store_url: str, kind: str) -> None:
    app = create_app(keys=[KEY], store=store_url, control=True)
    info = app.test_client().get("/_mock/info").json or {}
    assert info["store"] == kind
    app.extensions["store"].close()


@pytest.mark.parametrize("deleted", [[], [0], list(range(60, 140)), list(range(0, 300, 2)), list(range(299))])
def test_pages_are_in_the_order_of_creation_after_deletions(store: Store, deleted: list[int]) -> None:
    fill(store, 300)

    def work(tx: Transaction) -> None:
        for number in deleted:
            tx.delete_unit(f"bu-{number}")

    store.run(work)
    left = [f"bu-{number}" for number in range(300) if number not in deleted]
    for offset in {0, 1, 63, 64, 65, len(left) - 1, len(left), 2**80}:
        assert page(store, offset) == (left[offset : offset + 3], len(left))
    assert page(store, 0, None) == (left, len(left))
    assert page(store, 0, 0) == ([], len(left))


def test_everything_is_removed_and_replaced_at_once(store: Store) -> None:
    fill(store, 70)
    teams = [Team("t-1", "One", "bu-1"), Team("t-2", "Two"), Team("t-0", "Zero")]
    for team in teams:
        store.run(lambda tx, team=team: tx.put_team(team))
    store.run(lambda tx: tx.delete_team("t-2"))
    assert stored(store)[1] == [teams[0], teams[2]]

    def fail(tx: Transaction) -> None:
        tx.delete_team("t-1")
        tx.clear()
        tx.add_unit(named(1))
        raise KeyError

    with pytest.raises(KeyError):
        store.run(fail)
    assert page(store, 68) == (["bu-68", "bu-69"], 70)
    assert stored(store)[1] == [teams[0], teams[2]]
    replace_stored(store, [named(3), named(1)], [teams[0]])
    assert page(store, 0) == (["bu-3", "bu-1"], 2)
    assert stored(store)[1] == [teams[0]]
    replace_stored(store, [], [])
    assert (page(store, 0), stored(store)) == (([], 0), ([], []))


@pytest.mark.parametrize("name", ["Größe", "nul\0", "\ud800", "x" * 10_000, "%_", "ﬁ", "a?b"], ids=len)
def test_unusual_names_are_kept_found_and_unique(store: Store, name: str) -> None:
    store.run(lambda tx: tx.add_unit(named(1, name)))
    unit = store.run(lambda tx: tx.unit("bu-1"))
    assert unit is not None
    assert unit.name == name
    assert store.run(lambda tx: tx.is_taken(name))
    assert store.run(lambda tx: tx.is_taken(name.upper())) is (name.upper() == name)
    assert page(store, 0, search=name.upper()) == (["bu-1"], 1)
    assert page(store, 0, search=f"{name}y") == ([], 0)


@pytest.mark.parametrize("unit_id", ["", "nul\0", "\ud800", "x" * 100_000, "bu-1 "], ids=len)
def test_unusual_identifiers_are_not_found(store: Store, unit_id: str) -> None:
    fill(store, 2)
    assert store.run(lambda tx: (tx.unit(unit_id), tx.entry(unit_id), tx.team(unit_id))) == (None, None, None)


def test_a_renamed_unit_releases_its_name(store: Store) -> None:
    fill(store, 1)
    store.run(lambda tx: tx.update_unit(replace(first(tx), name="Other")))
    assert not store.run(lambda tx: tx.is_taken("Unit 0"))
    assert page(store, 0, search="other") == (["bu-0"], 1)


def test_an_exception_takes_every_write_back(store: Store) -> None:
    fill(store, 3)
    store.run(lambda tx: tx.put_team(Team("team", "Field", "bu-0")))

    def work(tx: Transaction) -> None:
        tx.delete_unit("bu-1")
        tx.add_unit(named(7, "Unit 1"))
        tx.update_unit(replace(tx.unit("bu-2") or named(2), name="Other"))
        tx.put_team(Team("team", "Field", "bu-2"))
        tx.put_team(Team("new", "New", "bu-2"))
        assert page_in(tx) == ["bu-0", "bu-2", "bu-7"]
        raise RuntimeError

    def page_in(tx: Transaction) -> list[str]:
        return [entry.unit.id for entry in tx.page("", 0, None).entries]

    with pytest.raises(RuntimeError):
        store.run(work)
    assert page(store, 0, None) == (["bu-0", "bu-1", "bu-2"], 3)
    assert store.run(lambda tx: tx.teams_of("bu-0")) == [Team("team", "Field", "bu-0")]
    assert store.run(lambda tx: (tx.team("new"), tx.is_taken("Other"), tx.is_taken("Unit 1"))) == (None, False, True)


def test_no_increment_of_concurrent_threads_is_lost(store: Store) -> None:
    fill(store, 1)

    def increment(tx: Transaction) -> None:
        unit = first(tx)
        tx.update_unit(replace(unit, attributes={"n": unit.attributes.get("n", 0) + 1}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.run(increment), range(40)))
    assert store.run(first).attributes == {"n": 40}


def test_of_concurrent_creations_with_one_name_one_succeeds(store: Store) -> None:
    def create(number: int) -> bool:
        def work(tx: Transaction) -> bool:
            taken = tx.is_taken("Sales")
            if not taken:
                tx.add_unit(named(number, "Sales"))
            return not taken

        return store.run(work)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(create, range(8))) == 1
    assert page(store, 0)[1] == 1


def test_a_store_keeps_its_state_and_is_not_seeded_again(store_url: str) -> None:
    if store_url == "memory":
        pytest.skip("the memory store ends with its process")
    open_store(store_url, lambda: ([named(1)], [])).close()
    store = open_store(store_url, lambda: ([named(2)], []))
    assert page(store, 0) == (["bu-1"], 1)
    store.close()

"""What upstream lists stands above what was shipped, and below the product's own names."""

from __future__ import annotations

import pytest

from grok2api.canonical.plan import ModelKind
from grok2api.routing.catalogue import Catalogue, DiscoveredModel

TABLE = {
    "grok-3": "grok-4.3",
    "grok-3-fast": "grok-4.20-0309-non-reasoning",
    "grok-4": "grok-4.7",
    "grok-4-mini": "grok-4.3",
    "grok-4-fast": "grok-4.3",
    "grok-4-heavy": "grok-4.20-multi-agent-0309",
    "grok-4.1-fast": "grok-4.3",
    "grok-4.1-expert": "grok-4.7",
    "grok-4.1-thinking": "grok-4.3",
    "grok-imagine-1.0": "grok-imagine-image",
    "grok-imagine-1.0-video": "grok-imagine-video",
}


def test_the_shipped_rows_are_the_promised_ones(catalogue: Catalogue) -> None:
    assert {name: row.targets[0].target for name, row in catalogue.rows.items()} == TABLE


def test_every_row_leads_to_a_model_that_is_known_and_of_its_kind(catalogue: Catalogue) -> None:
    for row in catalogue.rows.values():
        for target in row.targets:
            assert catalogue.upstream[target.target].kind is row.kind
    assert all(row.created > 1_700_000_000 for _, row in catalogue.public_ids())


@pytest.mark.parametrize("name", ["grok-4.20", "grok-4.20-reasoning", "grok-4.20-0309-reasoning"])
def test_an_alias_leads_to_the_one_id_that_goes_upstream(catalogue: Catalogue, name: str) -> None:
    row = catalogue.resolve(name)
    assert row is not None
    assert row.targets[0].target == "grok-4.20-0309-reasoning"


def test_a_new_model_is_served_on_the_day_it_is_listed(catalogue: Catalogue) -> None:
    grown = catalogue.with_discovered(
        "acct_1", [DiscoveredModel("grok-5", ("grok-5-latest",), 1_800_000_000, ("low", "max"))]
    )
    assert catalogue.resolve("grok-5") is None
    row = grown.resolve("grok-5-latest")
    assert row is not None
    assert (row.id, row.created, row.kind) == ("grok-5", 1_800_000_000, ModelKind.TEXT)
    assert grown.model("grok-5").efforts == ("low", "max")


def test_listed_efforts_stand_above_shipped_ones(catalogue: Catalogue) -> None:
    efforts = ("none", "low", "medium", "high", "xhigh")
    grown = catalogue.with_discovered("acct_1", [DiscoveredModel("grok-4.3", efforts=efforts)])
    assert grown.model("grok-4.3").efforts == efforts
    silent = catalogue.with_discovered("acct_1", [DiscoveredModel("grok-4.3")])
    assert silent.model("grok-4.3") == catalogue.model("grok-4.3")


def test_an_alias_of_upstream_never_takes_a_name_of_the_product(catalogue: Catalogue) -> None:
    grown = catalogue.with_discovered("acct_1", [DiscoveredModel("grok-4.3", ("grok-4", "grok-3-mini"))])
    row = grown.resolve("grok-4")
    assert row is not None
    assert row.targets[0].target == "grok-4.7"
    mini = grown.resolve("grok-3-mini")
    assert mini is not None
    assert mini.id == "grok-4.3"


def test_a_retired_id_is_not_taken_from_a_list(catalogue: Catalogue) -> None:
    assert (
        catalogue.with_discovered("acct_1", [DiscoveredModel("grok-4-0709")]).resolve("grok-4-0709") is None
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("grok-6-non-reasoning", ModelKind.TEXT),
        ("grok-imagine-image-3.0", ModelKind.IMAGE),
        ("grok-imagine-video-2", ModelKind.VIDEO),
        ("grok-voice-9", ModelKind.AUDIO),
    ],
)
def test_a_new_models_kind_is_read_from_its_name(catalogue: Catalogue, name: str, kind: ModelKind) -> None:
    assert catalogue.with_discovered("acct_1", [DiscoveredModel(name)]).model(name).kind is kind


def test_a_new_multi_agent_model_is_kept_to_what_such_models_can(catalogue: Catalogue) -> None:
    model = catalogue.with_discovered("a", [DiscoveredModel("grok-5-multi-agent")]).model(
        "grok-5-multi-agent"
    )
    assert model.surfaces == ("responses",)
    assert not model.client_tools

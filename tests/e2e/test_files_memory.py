"""Large files pass through: the gateway's memory does not grow with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from openai import OpenAI

from support.measured import measured
from support.memory_use import CAN_MEASURE, MEBIBYTE, MemoryUse
from support.processes import Gateway, Sandbox
from support.sdk import openai_client

pytestmark = pytest.mark.skipif(not CAN_MEASURE, reason="reads /proc")


@pytest.fixture(scope="module")
def roomy(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of its own, so that nobody else's requests are measured."""
    started = Gateway.start(
        tmp_path_factory.mktemp("roomy"), upstream=shared_sandbox.base_url, keys=("xai-sandbox-hugo",)
    )
    yield started
    started.stop()


def test_a_large_file_costs_no_memory_on_its_way_in_or_out(roomy: Gateway, sandbox: Sandbox) -> None:
    del sandbox
    content = hashlib.shake_256(b"a large file").digest(50 * MEBIBYTE)
    with openai_client(roomy) as sdk:
        warm_up(sdk)
        memory = MemoryUse(roomy.process.pid)
        made = sdk.files.create(file=("large.bin", content), purpose="user_data")
        up = memory.risen
        memory = MemoryUse(roomy.process.pid)
        with sdk.files.with_streaming_response.content(made.id) as answer:
            taken = hashlib.sha256()
            for piece in answer.iter_bytes():
                taken.update(piece)
        down = memory.risen
    measured("a file of 50 MiB", up_mib=up, down_mib=down)
    assert made.bytes == len(content)
    assert taken.digest() == hashlib.sha256(content).digest()
    assert up <= 16
    assert down <= 16


def test_many_files_at_once_cost_little_each(roomy: Gateway, sandbox: Sandbox) -> None:
    del sandbox
    content = bytes(10 * MEBIBYTE)
    with openai_client(roomy) as sdk, ThreadPoolExecutor(8) as pool:
        warm_up(sdk)
        memory = MemoryUse(roomy.process.pid)
        made = list(
            pool.map(lambda n: sdk.files.create(file=(f"{n}.bin", content), purpose="user_data"), range(8))
        )
        risen = memory.risen
    measured("eight files of 10 MiB at once", up_mib=risen)
    assert {file.bytes for file in made} == {len(content)}
    assert risen <= 32


def warm_up(sdk: OpenAI) -> None:
    """Have everything loaded that the first file of a process loads."""
    made = sdk.files.create(file=("small.bin", bytes(MEBIBYTE)), purpose="user_data")
    assert sdk.files.content(made.id).content == bytes(MEBIBYTE)

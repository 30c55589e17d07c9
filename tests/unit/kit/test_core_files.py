"""What a process holds in its memory is not written to a file when it crashes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.processes import ROOT

WORDS = """
import resource, subprocess, sys
from grok2api.kit.core_files import leave_no_core

most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
leave_no_core()
child = "import resource; print(*resource.getrlimit(resource.RLIMIT_CORE))"
print(most, subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True).stdout)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_neither_a_process_nor_its_children_leave_a_core_file_and_it_can_be_asked_for_again() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", WORDS]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    most, limit, hard = told.split()
    assert (limit, hard) == ("0", most)

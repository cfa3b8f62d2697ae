"""The guards of conftest.py hold: they are only worth having if they can be seen to stop something."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest


def test_connecting_to_another_machine_is_an_error() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line,
        pytest.raises(RuntimeError, match=r"203\.0\.113\.7"),
    ):
        line.connect(("203.0.113.7", 443))


def test_connect_ex_is_guarded_too() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line,
        pytest.raises(RuntimeError, match="only talk to this machine"),
    ):
        line.connect_ex(("203.0.113.7", 443))


def test_looking_up_a_name_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="look up"):
        socket.create_connection(("storyreel.invalid", 80), timeout=1)


def test_this_machine_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as line:
            assert line.getpeername()[1] == port


def test_each_test_has_a_home_of_its_own(tmp_path: Path) -> None:
    home = Path(os.environ["STORYREEL_HOME"])
    assert home.parent == tmp_path
    assert not home.exists()


def test_torch_uses_one_thread() -> None:
    import torch

    assert torch.get_num_threads() == 1
